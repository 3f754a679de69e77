"""Searches that a person saved, and which titles she was told of; both go with her."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kiosk.hub.catalogue.models import Title
from kiosk.hub.outreach.people.models import Person

LONGEST = 80


class SavedSearch(models.Model):
    """Words for which she wants to be told of what comes in after `since`."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="searches", verbose_name=_("person"))
    words = models.CharField(_("words"), max_length=LONGEST)
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("saved search")
        verbose_name_plural = _("saved searches")
        ordering = ("since", "pk")
        constraints = (models.UniqueConstraint(fields=("person", "words"), name="search_once_per_person"),)

    def __str__(self) -> str:
        return str(self.words)


class Told(models.Model):
    """A title that she was told of: no search of hers tells her of it again."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="told_of", verbose_name=_("person"))
    title = models.ForeignKey(Title, models.CASCADE, related_name="+", verbose_name=_("title"))

    class Meta:
        constraints = (models.UniqueConstraint(fields=("person", "title"), name="title_told_once"),)

    def __str__(self) -> str:
        return f"{self.person_id} {self.title_id}"
