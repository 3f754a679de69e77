"""Store the library and its loan rules; `lending.policy` applies them."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from hub.catalogue.bilingual_name import BilingualName
from hub.catalogue.models import Branch, ItemType
from hub.circulation.models.patrons import PatronCategory
from lending.policy import Policy


def validate_timezone(name: str) -> None:
    """Accept the name of a time zone in which loans can be dated.

    Raises:
        ValidationError: There is no such time zone.
    """
    try:
        Policy(rules=(), timezone=name).check()
    except ValueError:
        raise ValidationError(_("Unknown time zone. Example: Asia/Shanghai.")) from None


class Library(BilingualName):
    """The library: one row.

    `card_key_check` proves that the card key in the state directory is the one with which the cards were hashed.
    """

    name = models.CharField(_("name"), max_length=200)
    timezone = models.CharField(
        _("time zone"),
        max_length=64,
        default="Asia/Shanghai",
        help_text=_("IANA name."),
        validators=[validate_timezone],
    )
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    offline_cap = models.PositiveSmallIntegerField(_("offline loans per patron"), default=10)
    hold_days = models.PositiveSmallIntegerField(_("days a hold stays on the hold shelf"), default=7)
    holds = models.PositiveSmallIntegerField(
        _("holds per patron"),
        default=10,
        help_text=_("Applies to holds at kiosks and on the portal. Staff decide at the desk."),
    )
    named_days = models.PositiveSmallIntegerField(
        _("days a closed loan keeps its patron"),
        default=30,
        validators=[MinValueValidator(7), MaxValueValidator(400)],
        help_text=_("For disputes and for late rows of offline kiosks. Then title and patron are no longer linked."),
    )
    card_key_check = models.CharField(max_length=64, blank=True, editable=False)
    followed_since = models.DateTimeField(null=True, editable=False)
    """When the ILS wrote the first sheet of loans that this hub has followed; None for a hub without an ILS."""

    class Meta:
        verbose_name = _("library")
        verbose_name_plural = _("library")


class RuleVersion(models.Model):
    """A complete set of loan rules that applies from a day on. Without that day it is the one draft.

    Rules without a version are those that the library began with: they apply until the first version begins.
    """

    since = models.DateField(_("valid from"), null=True, blank=True, unique=True)
    note = models.CharField(_("change and reason"), max_length=300, blank=True)
    begun_at = models.DateTimeField(_("draft started"))
    begun_by = models.CharField(_("draft started by"), max_length=150)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    published_by = models.CharField(_("published by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("rule version")
        verbose_name_plural = _("rule versions")
        ordering = ("since", "pk")
        constraints = (
            models.UniqueConstraint(models.Value(1), condition=Q(since=None), name="one_draft_of_rules"),
            models.CheckConstraint(
                condition=Q(since=None, published_at=None) | Q(since__isnull=False, published_at__isnull=False),
                name="published_rules_have_a_date",
            ),
        )

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d}" if self.since else str(_("draft"))


class Rule(models.Model):
    """The loan rule of a patron category, item type and branch.

    Empty fields match every value; the most specific rule applies.
    """

    edition = models.ForeignKey(
        RuleVersion,
        models.CASCADE,
        null=True,
        blank=True,
        editable=False,
        related_name="rules",
        verbose_name=_("version"),
    )
    category = models.ForeignKey(
        PatronCategory, models.PROTECT, null=True, blank=True, verbose_name=_("patron category")
    )
    item_type = models.ForeignKey(ItemType, models.PROTECT, null=True, blank=True, verbose_name=_("item type"))
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, blank=True, verbose_name=_("branch"))
    days = models.PositiveSmallIntegerField(_("loan period in days"), null=True, blank=True)
    hours = models.PositiveSmallIntegerField(_("loan period in hours"), null=True, blank=True)
    limit = models.PositiveSmallIntegerField(_("loans of any type"), default=10)
    type_limit = models.PositiveSmallIntegerField(_("loans of this type"), null=True, blank=True)
    renewals = models.PositiveSmallIntegerField(_("renewals"), default=2)
    earliest_renewal = models.PositiveSmallIntegerField(_("renewable from days before due date"), null=True, blank=True)
    fee_threshold = models.DecimalField(
        _("fees above which borrowing stops"), max_digits=9, decimal_places=2, default=Decimal(10)
    )
    reading_room_only = models.BooleanField(_("in-house use only"), default=False)
    renews_awaited = models.BooleanField(_("renewable despite holds"), default=False)

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        constraints = (
            models.UniqueConstraint(
                Coalesce("edition", 0),
                Coalesce("category", 0),
                Coalesce("item_type", 0),
                Coalesce("branch", 0),
                name="one_rule_per_combination",
                violation_error_message=_("A rule for this combination already exists."),
            ),
            models.CheckConstraint(
                condition=Q(reading_room_only=True)
                | Q(days__isnull=True, hours__isnull=False)
                | Q(days__isnull=False, hours__isnull=True),
                name="rule_has_days_or_hours",
                violation_error_message=_("Enter the loan period in days or in hours, not both."),
            ),
        )

    def __str__(self) -> str:
        return " × ".join(str(part or "*") for part in (self.category, self.item_type, self.branch))


class ClosedDay(models.Model):
    """A day on which a branch is closed; without a branch, all of them."""

    branch = models.ForeignKey(
        Branch, models.CASCADE, null=True, blank=True, related_name="closed_days", verbose_name=_("branch")
    )
    day = models.DateField(_("day"))
    reason = models.CharField(_("reason"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("closed day")
        verbose_name_plural = _("closed days")
        ordering = ("day",)

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.reason}".strip()
