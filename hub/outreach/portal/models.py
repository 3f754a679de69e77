"""Store portal sessions, used links and sign-in requests by keyed hashes; searches, alerts and display preferences."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hub.catalogue.models import Branch, Title
from hub.core.encrypted_fields import EncryptedTextField
from hub.core.models import TextChoices
from hub.outreach.patrons.channels import Channel
from hub.outreach.patrons.models import Code, Person

LONGEST = 80
"""Maximum length of a search text, in characters."""


class Scope(TextChoices):
    """Access of a session: a link opens one subject, a code opens everything."""

    LOANS = "loans", _("loans")
    READING = "reading", _("recommendations")
    ANSWERS = "answers", _("questions and replies")
    ALL = "all", _("everything")


class PortalSession(models.Model):
    """Portal session. `mark` is the keyed hash of its cookie."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="+", verbose_name=_("person"))
    mark = models.CharField(_("keyed hash"), max_length=64, unique=True)
    scope = models.CharField(_("scope"), max_length=8, choices=Scope.choices)
    until = models.DateTimeField(_("until"), db_index=True)

    class Meta:
        verbose_name = _("portal visit")
        verbose_name_plural = _("portal visits")

    def __str__(self) -> str:
        return f"{self.scope} {self.until:%Y-%m-%d %H:%M}"


class UsedLink(models.Model):
    """Message link that was used, by its keyed hash, kept until the link would have expired."""

    mark = models.CharField(_("keyed hash"), max_length=64, primary_key=True)
    until = models.DateTimeField(_("until"), db_index=True)

    class Meta:
        verbose_name = _("used link")
        verbose_name_plural = _("used links")

    def __str__(self) -> str:
        return f"{self.until:%Y-%m-%d}"


class SignInRequest(models.Model):
    """Request for a sign-in code by card number.

    `mark` is the keyed hash of the code, or a random value of the same form if none was sent. `number` is
    encrypted, and deleted once the worker has looked it up. `channel` is the one that the patron chose for the code.
    """

    of = models.CharField(_("keyed hash"), max_length=64)
    number = EncryptedTextField(_("number"), blank=True)
    channel = models.CharField(_("channel"), max_length=8, blank=True, choices=Channel.choices)
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="+", verbose_name=_("person"))
    code = models.ForeignKey(Code, models.CASCADE, null=True, related_name="+", verbose_name=_("code"))
    mark = models.CharField(_("keyed hash of the code"), max_length=64, db_index=True)
    at = models.DateTimeField(_("at"))
    until = models.DateTimeField(_("until"), db_index=True)

    class Meta:
        verbose_name = _("code request")
        verbose_name_plural = _("code requests")
        indexes = (models.Index(fields=("of", "at"), name="portal_signinrequest_of"),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"


class DisplayPreferences(models.Model):
    """Display preferences in the format of lending.display_preferences; no row if none are remembered."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="look", verbose_name=_("person"))
    text = EncryptedTextField(_("screen settings"))

    class Meta:
        verbose_name = _("screen settings")
        verbose_name_plural = _("screen settings")

    def __str__(self) -> str:
        return str(self.person_id)


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
    """Alert for a title with no available copy; sent once when one is on the shelf, then deleted.

    Without `branch` a copy at any branch will do.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="awaited", verbose_name=_("person"))
    title = models.ForeignKey(Title, models.CASCADE, related_name="awaited", verbose_name=_("title"))
    branch = models.ForeignKey(
        Branch, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("branch")
    )
    at = models.DateTimeField(_("since"))
    agreed = models.CharField(_("consent text version"), max_length=40)

    class Meta:
        verbose_name = _("availability alert")
        verbose_name_plural = _("availability alerts")
        ordering = ("at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("person", "title", "branch"), name="portal_availabilityalert_person_title_branch_unique"
            ),
            models.UniqueConstraint(
                fields=("person", "title"), condition=Q(branch=None), name="portal_availabilityalert_any_branch_unique"
            ),
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
