"""Configure the app and update the search index when a title or ISBN is saved.

Bulk writes send no signals, so the code that makes them calls `index.write`.
"""

from django.apps import AppConfig
from django.db.models.signals import post_save
from django.utils.translation import gettext_lazy as _


class CatalogueConfig(AppConfig):
    name = "hub.catalogue"
    label = "catalogue"
    verbose_name = _("Catalogue")

    def ready(self) -> None:
        from hub.catalogue.models import Isbn, Title
        from hub.catalogue.search import index

        post_save.connect(index.title_saved, sender=Title)
        post_save.connect(index.isbn_saved, sender=Isbn)
