"""Store reading counts, referral codes, and referred patrons until they are counted."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hub.outreach.profiles.models import Person


class ReadingCount(models.Model):
    """Number of books a patron has borrowed since opting in, without titles."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="record", verbose_name=_("person"))
    since = models.DateTimeField(_("since"))
    books = models.PositiveIntegerField(_("books"), default=0)

    class Meta:
        verbose_name = _("reading record")
        verbose_name_plural = _("reading records")
        ordering = ("id",)

    def __str__(self) -> str:
        return str(self.books)


class ReferralCode(models.Model):
    """Referral code that a patron created, and how many patrons have joined by it, without their identity."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="invitation", verbose_name=_("person"))
    code = models.CharField(pgettext_lazy("friend", "code"), max_length=8, unique=True)
    since = models.DateTimeField(_("since"))
    brought = models.PositiveIntegerField(_("friends who came"), default=0)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ("id",)

    def __str__(self) -> str:
        return str(self.code)


class ReferredPatron(models.Model):
    """Patron who registered with a referral code and is not yet confirmed by staff; deleted when counted."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="newcomer", verbose_name=_("person"))
    invitation = models.ForeignKey(ReferralCode, models.CASCADE, related_name="newcomers", verbose_name=_("invitation"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("newcomer by a friend")
        verbose_name_plural = _("newcomers by friends")
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d}"


class MonthlyReferrals(models.Model):
    """Number of patrons who joined by referral in a month, without their identity."""

    month = models.DateField(_("month"), unique=True)
    count = models.PositiveIntegerField(_("count"), default=0)

    class Meta:
        verbose_name = _("month of newcomers by friends")
        verbose_name_plural = _("months of newcomers by friends")
        ordering = ("month",)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.count}"
