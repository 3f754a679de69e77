"""Store saved searches of patrons and staff, the titles each was notified of, and availability alerts."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from hub.catalogue.models import Title
from hub.outreach.patrons.models import Person

LONGEST = 80
"""Maximum length of a search text, in characters."""


class SavedSearch(models.Model):
    """Search text whose matches among titles added after `since` are sent to the patron."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="searches", verbose_name=_("person"))
    words = models.CharField(_("search words"), max_length=LONGEST)
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("saved search")
        verbose_name_plural = _("saved searches")
        ordering = ("since", "pk")
        constraints = (
            models.UniqueConstraint(fields=("person", "words"), name="portal_savedsearch_person_words_unique"),
        )

    def __str__(self) -> str:
        return str(self.words)


class NotifiedTitle(models.Model):
    """Title that a patron was notified of; no search of theirs reports it again."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="told_of", verbose_name=_("person"))
    title = models.ForeignKey(Title, models.CASCADE, related_name="+", verbose_name=_("title"))

    class Meta:
        verbose_name = _("title of a notification")
        verbose_name_plural = _("titles of notifications")
        constraints = (
            models.UniqueConstraint(fields=("person", "title"), name="portal_notifiedtitle_person_title_unique"),
        )

    def __str__(self) -> str:
        return f"{self.person_id} {self.title_id}"


class AvailabilityAlert(models.Model):
    """Alert for a title with no available copy; sent once when one is on the shelf, then deleted."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="awaited", verbose_name=_("person"))
    title = models.ForeignKey(Title, models.CASCADE, related_name="awaited", verbose_name=_("title"))
    at = models.DateTimeField(_("since"))
    agreed = models.CharField(_("consent text version"), max_length=40)

    class Meta:
        verbose_name = _("availability alert")
        verbose_name_plural = _("availability alerts")
        ordering = ("at", "pk")
        constraints = (
            models.UniqueConstraint(fields=("person", "title"), name="portal_availabilityalert_person_title_unique"),
        )

    def __str__(self) -> str:
        return f"{self.person_id} {self.title_id}"


class StaffSearch(models.Model):
    """Search text whose matches among titles added after `since` are shown to a staff member."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="searches", verbose_name=_("staff member")
    )
    words = models.CharField(_("search words"), max_length=LONGEST)
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("staff search")
        verbose_name_plural = _("staff searches")
        ordering = ("since", "pk")
        constraints = (models.UniqueConstraint(fields=("user", "words"), name="portal_staffsearch_user_words_unique"),)

    def __str__(self) -> str:
        return str(self.words)


class Arrival(models.Model):
    """New title matching a staff search. It is listed until `seen`, and is not reported again."""

    search = models.ForeignKey(StaffSearch, models.CASCADE, related_name="arrivals", verbose_name=_("search"))
    title = models.ForeignKey(Title, models.CASCADE, related_name="+", verbose_name=_("title"))
    at = models.DateTimeField(_("date added"))
    seen = models.BooleanField(_("seen"), default=False)

    class Meta:
        verbose_name = _("arrival")
        verbose_name_plural = _("arrivals")
        ordering = ("-at", "-pk")
        constraints = (models.UniqueConstraint(fields=("search", "title"), name="portal_arrival_search_title_unique"),)

    def __str__(self) -> str:
        return f"{self.search_id} {self.title_id}"
