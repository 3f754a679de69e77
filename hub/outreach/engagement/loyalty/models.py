"""Store reading counts, referral codes, and referred patrons until they are counted."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hub.outreach.patrons.models import Person


class ReadingCount(models.Model):
    """Number of books a patron has borrowed since opting in, without titles."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="record", verbose_name=_("person"))
    since = models.DateTimeField(_("since"))
    books = models.PositiveIntegerField(_("books"), default=0)

    class Meta:
        verbose_name = _("reading count")
        verbose_name_plural = _("reading counts")
        ordering = ("id",)

    def __str__(self) -> str:
        return str(self.books)


class ReferralCode(models.Model):
    """Referral code that a patron created, and how many patrons have joined by it, without their identity."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="invitation", verbose_name=_("person"))
    code = models.CharField(pgettext_lazy("friend", "code"), max_length=8, unique=True)
    since = models.DateTimeField(_("since"))
    brought = models.PositiveIntegerField(_("referred patrons"), default=0)

    class Meta:
        verbose_name = _("referral code")
        verbose_name_plural = _("referral codes")
        ordering = ("id",)

    def __str__(self) -> str:
        return str(self.code)


class ReferredPatron(models.Model):
    """Patron who registered with a referral code and is not yet confirmed by staff; deleted when counted."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="newcomer", verbose_name=_("person"))
    invitation = models.ForeignKey(
        ReferralCode, models.CASCADE, related_name="newcomers", verbose_name=_("referral code")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("referred patron")
        verbose_name_plural = _("referred patrons")
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d}"


class MonthlyReferrals(models.Model):
    """Number of patrons who joined by referral in a month, without their identity."""

    month = models.DateField(_("month"), unique=True)
    count = models.PositiveIntegerField(_("count"), default=0)

    class Meta:
        verbose_name = _("monthly referrals")
        verbose_name_plural = _("monthly referrals")
        ordering = ("month",)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.count}"
