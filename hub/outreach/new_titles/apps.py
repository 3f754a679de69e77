"""Configure the Django app of new titles."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NewsConfig(AppConfig):
    name = "hub.outreach.new_titles"
    label = "news"
    verbose_name = _("News")
