"""Who is in for an hour, which links have acted, and who knocks too often; no address, code or link in clear."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kiosk.hub.outreach.choices import TextChoices
from kiosk.hub.outreach.people.models import Person


class Scope(TextChoices):
    """How far somebody came in: by a link to one matter, or by a code to everything of hers."""

    LOANS = "loans", _("loans")
    READING = "reading", _("recommendations")
    ANSWERS = "answers", _("questions and answers")
    ALL = "all", _("everything")


class Visit(models.Model):
    """She is in until then, by the cookie whose keyed hash is `mark`."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="+", verbose_name=_("person"))
    mark = models.CharField(_("keyed hash"), max_length=64, unique=True)
    scope = models.CharField(_("scope"), max_length=8, choices=Scope.choices)
    until = models.DateTimeField(_("until"), db_index=True)

    class Meta:
        verbose_name = _("visit by phone")
        verbose_name_plural = _("visits by phone")

    def __str__(self) -> str:
        return f"{self.scope} {self.until:%Y-%m-%d %H:%M}"


class Used(models.Model):
    """A link that has acted, by its keyed hash; kept until it would have been over anyway."""

    mark = models.CharField(_("keyed hash"), max_length=64, primary_key=True)
    until = models.DateTimeField(_("until"), db_index=True)

    class Meta:
        verbose_name = _("used link")
        verbose_name_plural = _("used links")

    def __str__(self) -> str:
        return f"{self.until:%Y-%m-%d}"


class Knock(models.Model):
    """Somebody at one network address tried something that is counted; `who` is a keyed hash of both."""

    who = models.CharField(_("keyed hash"), max_length=64)
    at = models.DateTimeField(_("at"), db_index=True)

    class Meta:
        verbose_name = _("knock")
        verbose_name_plural = _("knocks")
        indexes = (models.Index(fields=("who", "at"), name="phone_knock_who"),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
