"""Searches that a person or a member of staff saved, which titles each was told of, and titles that are waited for."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from hub.catalogue.models import Title
from hub.outreach.profiles.models import Person

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


class NotifiedTitle(models.Model):
    """A title that she was told of: no search of hers tells her of it again."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="told_of", verbose_name=_("person"))
    title = models.ForeignKey(Title, models.CASCADE, related_name="+", verbose_name=_("title"))

    class Meta:
        constraints = (models.UniqueConstraint(fields=("person", "title"), name="title_told_once"),)

    def __str__(self) -> str:
        return f"{self.person_id} {self.title_id}"


class AvailabilityAlert(models.Model):
    """A title of which every copy was away: she is told once when one stands on its shelf again, and the row goes."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="awaited", verbose_name=_("person"))
    title = models.ForeignKey(Title, models.CASCADE, related_name="awaited", verbose_name=_("title"))
    at = models.DateTimeField(_("since"))
    agreed = models.CharField(_("version of the words"), max_length=40)

    class Meta:
        verbose_name = _("title that is waited for")
        verbose_name_plural = _("titles that are waited for")
        ordering = ("at", "pk")
        constraints = (models.UniqueConstraint(fields=("person", "title"), name="awaited_once_per_person"),)

    def __str__(self) -> str:
        return f"{self.person_id} {self.title_id}"


class StaffSearch(models.Model):
    """Words for which a member of staff wants to know what comes in after `since`."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="searches", verbose_name=_("member of staff")
    )
    words = models.CharField(_("words"), max_length=LONGEST)
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("search of staff")
        verbose_name_plural = _("searches of staff")
        ordering = ("since", "pk")
        constraints = (models.UniqueConstraint(fields=("user", "words"), name="search_once_per_user"),)

    def __str__(self) -> str:
        return str(self.words)


class Arrival(models.Model):
    """A title that came in for a search of staff; it waits until it is `seen`, and does not come again."""

    search = models.ForeignKey(StaffSearch, models.CASCADE, related_name="arrivals", verbose_name=_("search"))
    title = models.ForeignKey(Title, models.CASCADE, related_name="+", verbose_name=_("title"))
    at = models.DateTimeField(_("came in"))
    seen = models.BooleanField(_("seen"), default=False)

    class Meta:
        verbose_name = _("arrival")
        verbose_name_plural = _("arrivals")
        ordering = ("-at", "-pk")
        constraints = (models.UniqueConstraint(fields=("search", "title"), name="arrival_once_per_search"),)

    def __str__(self) -> str:
        return f"{self.search_id} {self.title_id}"
