"""Store the library and its rules, patrons and cards, loans, holds and fees, and what kiosks upload and fetch.

Card numbers and PINs are stored as hashes only.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Self
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Round
from django.utils.translation import gettext_lazy as _

from hub.catalogue.models import BilingualName, Branch, Item, ItemType, Title
from hub.core import places
from hub.core.clock import now
from hub.core.encrypted_fields import EncryptedTextField
from hub.core.models import TextChoices
from lending.policy import Policy
from lending.registration import GUARDIAN_AGE
from lending.transactions import TransactionId, receipt_code
from lending.wire import WireRow, body_hash

NAMES: Mapping[str, bool] = {"nameless": False, "closed_at__isnull": False}
"""Filter for closed rows that still name their patron: what the nightly anonymisation has to process."""


def new_ref() -> str:
    """Return a new opaque reference, by which kiosks identify a patron."""
    return uuid.uuid4().hex


class PatronCategory(BilingualName):
    """A group of patrons to whom the same loan rules apply."""

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=100)
    membership_months = models.PositiveSmallIntegerField(
        _("months of membership"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text=_("Empty: the membership does not expire."),
    )
    membership_fee = models.DecimalField(
        _("fee for a membership"), max_digits=9, decimal_places=2, default=Decimal(0), validators=[MinValueValidator(0)]
    )

    class Meta:
        verbose_name = _("patron category")
        verbose_name_plural = _("patron categories")
        ordering = ("code",)


class Patron(models.Model):
    """A person who may borrow."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("active")
        BLOCKED = "blocked", _("blocked")
        PROVISIONAL = "provisional", _("provisional")

    identifier = models.CharField(_("patron identifier"), max_length=32, unique=True)
    ref = models.CharField(_("reference"), max_length=32, unique=True, default=new_ref, editable=False)
    name = models.CharField(_("name"), max_length=200)
    category = models.ForeignKey(
        PatronCategory, models.PROTECT, related_name="patrons", verbose_name=_("patron category")
    )
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.ACTIVE)
    expires = models.DateField(_("expires"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    pin = models.CharField(_("PIN hash"), max_length=200, blank=True, editable=False)
    past = models.PositiveIntegerField(_("closed loans without title or patron"), default=0, editable=False)
    services = models.CharField(max_length=200, blank=True, editable=False)
    """Keys of the patron's `GrantedService`s, separated by blanks; written by `hub.ils.bridge`."""

    class Meta:
        verbose_name = _("patron")
        verbose_name_plural = _("patrons")
        ordering = ("identifier",)
        indexes = (models.Index(fields=("name",)),)

    def __str__(self) -> str:
        return str(self.name)


class GrantedService(models.Model):
    """What the library grants the patrons whose `services` name its key, on top of their loan rule.

    The rows are those of today; `hub.ils.bridge` writes them. Circulation does not store by which segment a patron was
    chosen.
    """

    MOST_HEAD_START = 14

    key = models.SlugField(max_length=16, primary_key=True)
    days = models.PositiveSmallIntegerField(default=0)
    loans = models.PositiveSmallIntegerField(default=0)
    renewals = models.PositiveSmallIntegerField(default=0)
    head_start = models.PositiveSmallIntegerField(default=0)
    """Days by which a new hold counts as placed earlier."""
    until = models.DateField(null=True)
    words = models.JSONField(default=dict)
    """Why the patron has it, as a sentence by language code."""

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(head_start__lte=14), name="head_start_is_bounded"),)

    def __str__(self) -> str:
        return str(self.key)


class CardRecommendations(models.Model):
    """Recommendations sent to kiosks with each of the patron's cards, encrypted for the card.

    They are written by `hub.ils.bridge` and opaque to circulation.
    """

    patron = models.OneToOneField(Patron, models.CASCADE, related_name="carried", verbose_name=_("patron"))
    picks = models.TextField()

    def __str__(self) -> str:
        return str(self.patron_id)


class CardDisplayPreferences(models.Model):
    """Kiosk display preferences sent with each of the patron's cards; encrypted at rest.

    They are written by `hub.ils.bridge`.
    """

    patron = models.OneToOneField(Patron, models.CASCADE, related_name="look", verbose_name=_("patron"))
    text = EncryptedTextField()

    def __str__(self) -> str:
        return str(self.patron_id)


class Card(models.Model):
    """A card, identified by the keyed hash of its number.

    Old cards are kept, so that a lost card is recognised when it is used.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", _("active")
        BLOCKED = "blocked", _("blocked")
        LOST = "lost", _("lost")

    patron = models.ForeignKey(Patron, models.CASCADE, related_name="cards", verbose_name=_("patron"))
    hash = models.CharField(_("keyed hash"), max_length=64, unique=True)
    last4 = models.CharField(_("last four"), max_length=4)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.ACTIVE)

    class Meta:
        verbose_name = _("card")
        verbose_name_plural = _("cards")

    def __str__(self) -> str:
        return f"…{self.last4}"


def validate_timezone(name: str) -> None:
    """Accept the name of a time zone in which loans can be dated.

    Raises:
        ValidationError: There is no such time zone.
    """
    try:
        Policy(rules=(), timezone=name).check()
    except ValueError:
        raise ValidationError(_("Unknown time zone. Example: Asia/Shanghai.")) from None


DEFAULT_TIMEZONE = "Asia/Shanghai"


def default_languages() -> list[str]:
    """Return the languages of texts for patrons of a library that has chosen none: those of the default time zone."""
    return list(places.text_languages(DEFAULT_TIMEZONE))


class Library(BilingualName):
    """The library: one row.

    `card_key_check` proves that the card key in the state directory is the one with which the cards were hashed.
    """

    class Symbology(models.TextChoices):
        """Symbology of printed barcodes, by the name that kiosk.toml uses."""

        CODE128 = "code128", "Code 128"
        CODE39 = "code39", "Code 39"
        CODABAR = "codabar", "Codabar"
        ITF = "itf", "Interleaved 2 of 5"

    class ReceiptWidth(models.IntegerChoices):
        """Width of the receipt printers' paper in mm."""

        NARROW = 58, "58 mm"
        WIDE = 80, "80 mm"

    name = models.CharField(_("name"), max_length=200)
    timezone = models.CharField(
        _("time zone"),
        max_length=64,
        default=DEFAULT_TIMEZONE,
        help_text=_("IANA name."),
        validators=[validate_timezone],
    )
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    charges = models.BooleanField(
        _("charges fees"), default=False, help_text=_("If not, staff see fees only where a patron owes one.")
    )
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
    languages = models.JSONField(_("languages of texts for patrons"), default=default_languages)
    """Codes of `lending/languages` in order; the first is used where a text has no other."""
    guardian_age = models.PositiveSmallIntegerField(
        _("age below which a guardian is required"), default=GUARDIAN_AGE, validators=[MaxValueValidator(25)]
    )
    """In years; 0: no patron needs a guardian."""
    symbology = models.CharField(
        _("printed barcodes"), max_length=8, choices=Symbology.choices, default=Symbology.CODE128
    )
    receipt_width = models.PositiveSmallIntegerField(
        _("receipt paper"), choices=ReceiptWidth.choices, default=ReceiptWidth.WIDE
    )
    address = models.CharField(_("postal address"), max_length=200, blank=True)
    """On one line, as the sender of letters."""
    card_key_check = models.CharField(max_length=64, blank=True, editable=False)
    followed_since = models.DateTimeField(null=True, editable=False)
    """When the ILS wrote the first sheet of loans that this hub has followed; None for a hub without an ILS."""

    class Meta:
        verbose_name = _("library")
        verbose_name_plural = _("library")


class NumberSeries(models.Model):
    """How the hub numbers new patrons, cards or items if the library lets it."""

    class Kind(TextChoices):
        """What is numbered."""

        PATRON = "patron", _("patron numbers")
        CARD = "card", _("card numbers")
        ITEM = "item", _("item barcodes")

    class Check(TextChoices):
        """Check digit at the end of a number."""

        NONE = "none", _("none")
        LUHN = "luhn", _("Luhn (mod 10)")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, unique=True, editable=False)
    is_on = models.BooleanField(_("on"), default=False)
    prefix = models.CharField(_("prefix"), max_length=10, blank=True)
    length = models.PositiveSmallIntegerField(_("length"), default=8)
    """Characters of a whole number, with prefix and check digit."""
    check_digit = models.CharField(_("check digit"), max_length=4, choices=Check.choices, default=Check.NONE)
    next_number = models.PositiveBigIntegerField(_("next number"), default=1)
    """Without prefix and check digit."""
    last_given = models.PositiveBigIntegerField(default=0, editable=False)
    """Highest number given, or 0; no number up to it is given again."""

    class Meta:
        verbose_name = _("numbering")
        verbose_name_plural = _("numbering")

    def __str__(self) -> str:
        return str(self.get_kind_display())


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


class Loan(models.Model):
    """A loan of an item by a patron, from checkout to checkin; kept after it is closed.

    Some time after it is closed it is `nameless`: its patron is then the anonymous one of the category.
    """

    class State(models.TextChoices):
        ON_LOAN = "on_loan", _("on loan")
        HANDED_IN = "handed_in", _("returned, not checked")
        RETURNED = "returned", _("returned")
        UNDONE = "undone", _("undone")
        GONE = "gone", _("written off")

    OPEN = (State.ON_LOAN, State.HANDED_IN)

    patron = models.ForeignKey(Patron, models.PROTECT, related_name="loans", verbose_name=_("patron"))
    item = models.ForeignKey(Item, models.PROTECT, related_name="loans", db_index=False, verbose_name=_("item"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ON_LOAN)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("branch"))
    checked_out_at = models.DateTimeField(_("checked out"))
    due = models.DateTimeField(_("due"))
    reckoned = models.BooleanField(
        _("due date estimated"),
        default=False,
        help_text=_("The ILS sent an unreadable date. The next import corrects it."),
    )
    rule = models.ForeignKey(
        Rule, models.SET_NULL, null=True, blank=True, db_index=False, related_name="+", verbose_name=_("rule")
    )
    """The rule that set the due date; None if no rule permitted the loan, or for loans older than this field."""
    renewals = models.PositiveSmallIntegerField(_("renewals"), default=0)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    transaction = models.UUIDField(_("transaction"), null=True, blank=True, unique=True)
    unverified = models.BooleanField(_("checked out without required PIN"), default=False)
    asked_back_at = models.DateTimeField(_("recalled"), null=True, blank=True)
    lost_at = models.DateTimeField(_("declared lost"), null=True, blank=True, editable=False)
    """When the item was declared lost: no later day counts for a fine."""
    uncertain = models.BooleanField(
        _("times uncertain"),
        default=False,
        help_text=_("Checked out or returned with an unreliable clock: no fee is charged."),
    )
    hold = models.ForeignKey(
        "circulation.Hold",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="filled_by",
        verbose_name=_("hold filled"),
    )
    displaced = models.ForeignKey(
        "circulation.Hold",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("hold whose copy was used"),
    )
    former = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("earlier loan of the same patron it closed"),
    )
    nameless = models.BooleanField(_("patron no longer stored"), default=False, editable=False)

    class Meta:
        verbose_name = _("loan")
        verbose_name_plural = _("loans")
        ordering = ("-checked_out_at", "-id")
        indexes = (
            models.Index(fields=("patron", "state")),
            models.Index(fields=("item", "state")),
            models.Index(fields=("state", "due")),
            models.Index(fields=("checked_out_at",), name="circulation_loan_checked_out"),
            models.Index(fields=("closed_at", "id"), name="loans_not_anonymised", condition=Q(**NAMES)),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("item",), condition=Q(state__in=("on_loan", "handed_in")), name="one_open_loan_per_item"
            ),
        )

    def __str__(self) -> str:
        return f"{self.item} → {self.patron}"

    @staticmethod
    def late(now: datetime) -> Q:
        """Return the filter for overdue loans. A due date that was only estimated is never overdue."""
        return Q(state=Loan.State.ON_LOAN, due__lt=now, reckoned=False)


class Renewal(models.Model):
    """One renewal of a loan, with the previous due date so that it can be undone."""

    loan = models.ForeignKey(Loan, models.CASCADE, related_name="renewed", verbose_name=_("loan"))
    at = models.DateTimeField(_("at"))
    due_before = models.DateTimeField(_("due before"))
    due_after = models.DateTimeField(_("due after"))
    rule_before = models.ForeignKey(
        Rule, models.SET_NULL, null=True, blank=True, db_index=False, related_name="+", verbose_name=_("rule before")
    )
    transaction = models.UUIDField(_("transaction"), null=True, blank=True, unique=True)
    undone = models.BooleanField(_("undone"), default=False)
    uncertain = models.BooleanField(_("time uncertain"), default=False)

    class Meta:
        verbose_name = _("renewal")
        verbose_name_plural = _("renewals")
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.loan} {self.due_after:%Y-%m-%d}"


class PendingReturn(models.Model):
    """A provisional return: scanned at a kiosk, not yet checked by staff."""

    class State(models.TextChoices):
        WAITING = "waiting", _("returned, not checked")
        FOUND = "found", _("found")
        LENT = "lent", _("checked out again")
        REOPENED = "reopened", _("loan reopened")

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="handed_in", verbose_name=_("loan"))
    at = models.DateTimeField(_("returned, not checked"))
    kiosk = models.ForeignKey(
        "circulation.Kiosk", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("kiosk")
    )
    transaction = models.UUIDField(_("transaction"), null=True, blank=True, unique=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("returned, not checked")
        verbose_name_plural = _("returned, not checked")
        ordering = ("at", "id")
        constraints = (
            models.UniqueConstraint(fields=("loan",), condition=Q(state="waiting"), name="one_waiting_return_per_loan"),
        )

    def __str__(self) -> str:
        return str(self.loan)


class Hold(models.Model):
    """A patron's hold on a title, or on one copy of it.

    `copy` is the only copy that can fill it, such as a volume of a set, or None if any copy of the title can. `item` is
    the copy that was trapped for it and is on the hold shelf.

    The queue of a title is ordered by `moved_to` where staff have moved the hold or it has a head start, else by
    `placed_at`. A waiting hold with `suspended_until` keeps its place but gets no copy; a nightly job resumes it on
    that day.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        READY = "ready", _("ready")
        COLLECTED = "collected", _("collected")
        CANCELLED = "cancelled", _("cancelled")

    OPEN = (State.WAITING, State.READY)
    PLACE = Coalesce("moved_to", "placed_at")
    """Time by which the queue is ordered."""

    patron = models.ForeignKey(Patron, models.CASCADE, related_name="holds", verbose_name=_("patron"))
    title = models.ForeignKey(Title, models.PROTECT, related_name="holds", verbose_name=_("title"))
    copy = models.ForeignKey(
        Item, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("only this copy")
    )
    pickup = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("pickup branch"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    placed_at = models.DateTimeField(_("placed"))
    moved_to = models.DateTimeField(_("moved to the place of"), null=True, blank=True, editable=False)
    suspended_until = models.DateField(_("suspended until"), null=True, blank=True)
    item = models.ForeignKey(Item, models.PROTECT, null=True, blank=True, related_name="holds", verbose_name=_("item"))
    shelf = models.CharField(_("hold shelf"), max_length=40, blank=True)
    until = models.DateField(_("pickup until"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    nameless = models.BooleanField(_("patron no longer stored"), default=False, editable=False)

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        ordering = (Coalesce("moved_to", "placed_at"), "id")
        indexes = (
            models.Index(fields=("closed_at", "id"), name="holds_not_anonymised", condition=Q(**NAMES)),
            models.Index(fields=("state", "title")),
            models.Index(
                fields=("closed_at",),
                name="holds_with_copy_left",
                condition=Q(closed_at__isnull=False, item__isnull=False),
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=("item",), condition=Q(state="ready"), name="one_ready_hold_per_item"),
            models.UniqueConstraint(
                fields=("patron", "title"),
                condition=Q(state__in=("waiting", "ready"), copy=None),
                name="one_open_hold_per_title",
            ),
            models.UniqueConstraint(
                fields=("patron", "copy"), condition=Q(state__in=("waiting", "ready")), name="one_open_hold_per_copy"
            ),
        )

    def __str__(self) -> str:
        return f"{self.title} → {self.patron}"


class Fee(models.Model):
    """Money that a patron owes, how much of it was paid and how much was waived, in the library's currency."""

    class Kind(models.TextChoices):
        OVERDUE = "overdue", _("overdue")
        LOST = "lost", _("lost item")
        DAMAGE = "damage", _("damage")
        MEMBERSHIP = "membership", _("membership")
        NOT_COLLECTED = "not_collected", _("hold not collected")
        OTHER = "other", _("other")

    # SQLite adds binary floating-point numbers: unrounded, 0.10 and 0.20 are more than 0.30.
    OWED = Round(F("amount") - F("paid") - F("waived"), 2)
    UNSETTLED = Q(amount__gt=Round(F("paid") + F("waived"), 2))

    patron = models.ForeignKey(Patron, models.PROTECT, related_name="fees", verbose_name=_("patron"))
    kind = models.CharField(_("kind"), max_length=13, choices=Kind.choices)
    amount = models.DecimalField(_("amount"), max_digits=9, decimal_places=2)
    paid = models.DecimalField(_("paid"), max_digits=9, decimal_places=2, default=0)
    waived = models.DecimalField(_("waived"), max_digits=9, decimal_places=2, default=0)
    item = models.ForeignKey(Item, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("item"))
    charged_at = models.DateTimeField(_("charged"))
    """When the amount was set; of a fine that grows, the last time."""
    growing = models.BooleanField(_("grows until the item is back"), default=False)
    """A fine of a loan that is overdue; `hub.circulation.operations.fines` sets its amount."""
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    cause = models.CharField(max_length=40, blank=True, editable=False)
    """The loan or hold for which a fee rule charged it; empty for a fee charged by hand."""
    form = models.UUIDField(null=True, unique=True, editable=False)
    """The form by which staff charged it, so that a form sent twice charges once; of payments and waivers, too."""

    class Meta:
        verbose_name = _("fee")
        verbose_name_plural = _("fees")
        ordering = ("charged_at", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(paid__gte=0) & Q(waived__gte=0) & Q(amount__gte=Round(F("paid") + F("waived"), 2)),
                name="settled_within_fee",
            ),
            models.UniqueConstraint(fields=("cause",), condition=~Q(cause=""), name="one_fee_per_cause"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"

    @property
    def owed(self) -> Decimal:
        """What is left to pay."""
        return Decimal(self.amount - self.paid - self.waived)


class FeeRule(models.Model):
    """What the library charges for a late return, an uncollected hold, or an item that is lost or damaged.

    Empty fields match every value; the most specific rule applies, and the patron category weighs more than the type.
    """

    class Kind(models.TextChoices):
        OVERDUE = "overdue", _("late return, for each day")
        NOT_COLLECTED = "not_collected", _("hold not collected")
        LOST = "lost", _("lost item")
        DAMAGE = "damage", _("damage")

    kind = models.CharField(_("charged for"), max_length=13, choices=Kind.choices)
    category = models.ForeignKey(
        PatronCategory, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("patron category")
    )
    item_type = models.ForeignKey(
        ItemType, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("item type")
    )
    amount = models.DecimalField(_("amount"), max_digits=9, decimal_places=2, validators=[MinValueValidator(0)])
    grace_days = models.PositiveSmallIntegerField(
        _("days of grace"),
        default=0,
        validators=[MaxValueValidator(60)],
        help_text=_("Within them nothing is charged."),
    )
    cap = models.DecimalField(
        _("at most"), max_digits=9, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )

    since = models.DateTimeField(default=now, editable=False)
    """When the rule was made; nothing is charged for what happened before."""

    class Meta:
        verbose_name = _("fee rule")
        verbose_name_plural = _("fee rules")
        ordering = ("kind", "category", "item_type", "pk")
        constraints = (
            models.UniqueConstraint(
                "kind",
                Coalesce("category", 0),
                Coalesce("item_type", 0),
                name="one_fee_rule_per_combination",
                violation_error_message=_("A fee rule for this combination already exists."),
            ),
        )

    def __str__(self) -> str:
        return " × ".join(str(part or "*") for part in (self.get_kind_display(), self.category, self.item_type))


class Payment(models.Model):
    """Money that a member of staff took from a patron; its parts say which fees it paid.

    A payment entered by mistake is not deleted: it is marked as reversed, and its fees are owed again.
    """

    class Means(models.TextChoices):
        CASH = "cash", _("cash")
        CARD = "card", _("bank card")
        MOBILE = "mobile", _("mobile payment")
        TRANSFER = "transfer", _("bank transfer")

    patron = models.ForeignKey(Patron, models.PROTECT, related_name="payments", verbose_name=_("patron"))
    amount = models.DecimalField(_("amount"), max_digits=9, decimal_places=2)
    means = models.CharField(_("means of payment"), max_length=8, choices=Means.choices, default=Means.CASH)
    at = models.DateTimeField(_("paid"), db_index=True)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("branch"))
    desk = models.CharField(_("desk"), max_length=40, blank=True)
    """Name of the desk at which it was taken; empty if the desk has none."""
    staff = models.CharField(_("taken by"), max_length=150)
    reversed_at = models.DateTimeField(_("reversed"), null=True, blank=True, db_index=True)
    reversed_by = models.CharField(_("reversed by"), max_length=150, blank=True)
    form = models.UUIDField(null=True, unique=True, editable=False)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return f"{self.amount} {self.at:%Y-%m-%d %H:%M}"


class PaymentPart(models.Model):
    """What a payment paid of one fee."""

    payment = models.ForeignKey(Payment, models.CASCADE, related_name="parts", verbose_name=_("payment"))
    fee = models.ForeignKey(Fee, models.PROTECT, related_name="payments", verbose_name=_("fee"))
    amount = models.DecimalField(_("amount"), max_digits=9, decimal_places=2)

    class Meta:
        verbose_name = _("part of a payment")
        verbose_name_plural = _("parts of payments")
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.fee}: {self.amount}"


class Waiver(models.Model):
    """What the library gave up of a fee, and why."""

    fee = models.ForeignKey(Fee, models.CASCADE, related_name="waivers", verbose_name=_("fee"))
    amount = models.DecimalField(_("amount"), max_digits=9, decimal_places=2)
    reason = models.CharField(_("reason"), max_length=200)
    at = models.DateTimeField(_("waived"), db_index=True)
    staff = models.CharField(_("waived by"), max_length=150)
    form = models.UUIDField(null=True, editable=False)

    class Meta:
        verbose_name = _("waiver")
        verbose_name_plural = _("waivers")
        ordering = ("-at", "-id")
        constraints = (models.UniqueConstraint(fields=("fee", "form"), name="one_waiver_per_form"),)

    def __str__(self) -> str:
        return f"{self.fee}: {self.amount}"


class CirculationEvent(models.Model):
    """One event of the append-only feed, in the order of commits.

    This is the interface for other apps: a reader keeps the last id that it has processed and reads no other table of
    circulation. Ids increase by one without gaps, because they are assigned under a lock in the transaction of the
    effect. Past the retention period, `patron` in the data is null.
    """

    id = models.PositiveBigIntegerField(_("number"), primary_key=True)
    at = models.DateTimeField(_("at"))
    kind = models.CharField(_("kind"), max_length=32)
    data = models.JSONField(_("data"))

    class Meta:
        verbose_name = _("circulation event")
        verbose_name_plural = _("circulation events")
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.id} {self.kind}"


class FeedCursor(models.Model):
    """The last number assigned in the feed; its one row serves as the feed's lock.

    Up to `nameless`, no event names a patron.
    """

    last = models.PositiveBigIntegerField(default=0)
    nameless = models.PositiveBigIntegerField(default=0)


class Sighting(models.Model):
    """The last time a copy was present: `seen` by staff or a bin's sensor, or else only scanned."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="sightings", verbose_name=_("item"))
    seen = models.BooleanField(_("checked by staff"))
    at = models.DateTimeField(_("at"))
    kiosk = models.ForeignKey(
        "circulation.Kiosk", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("kiosk")
    )

    class Meta:
        verbose_name = _("last seen record of a copy")
        verbose_name_plural = _("last seen records of copies")
        ordering = ("-at", "id")
        constraints = (models.UniqueConstraint(fields=("item", "seen"), name="circulation_sighting_item_seen_unique"),)

    def __str__(self) -> str:
        return f"{self.item} {self.at:%Y-%m-%d %H:%M}"


class InHouseUse(models.Model):
    """A copy was read in the library without a loan: found on a table, or returned without being on loan."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="used", verbose_name=_("item"))
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("branch"))
    at = models.DateTimeField(_("at"), db_index=True)

    class Meta:
        verbose_name = _("in-house use")
        verbose_name_plural = _("in-house uses")
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return f"{self.item} {self.at:%Y-%m-%d %H:%M}"


class Transit(models.Model):
    """A transfer: noted where the copy was returned, then sent, then arrived.

    The transfer of a copy that is checked out or lost meanwhile counts as ended.
    """

    item = models.ForeignKey(Item, models.CASCADE, related_name="transits", verbose_name=_("item"))
    origin = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("from branch"))
    target = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("to branch"))
    hold = models.ForeignKey(
        Hold, models.SET_NULL, null=True, blank=True, related_name="transits", verbose_name=_("for hold")
    )
    noted_at = models.DateTimeField(_("recorded at"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    arrived_at = models.DateTimeField(_("arrived"), null=True, blank=True, db_index=True)

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        ordering = ("noted_at", "id")
        constraints = (
            models.UniqueConstraint(fields=("item",), condition=Q(arrived_at=None), name="one_open_transfer_per_item"),
        )

    def __str__(self) -> str:
        return f"{self.item} → {self.target}"


class Kiosk(models.Model):
    """A kiosk as circulation sees it; its device keys are in `hub.fleet`.

    `returns` is the most trusted return mode that the hub accepts from this kiosk. `proves` is set once the kiosk has
    sent a proof with a change of a patron record, as newer versions do. `journal` is the journal that it uploads now:
    its rows are numbered from 1, and `max_contiguous_seq` is the number up to which all of them are stored.
    """

    class Returns(models.TextChoices):
        PROVISIONAL = "provisional", _("returned, until staff check the book")
        BIN = "bin", _("returned when the bin sensor detects it")
        TRUSTED = "trusted", _("returned when scanned")

    name = models.SlugField(_("name"), max_length=64, unique=True)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="kiosks", verbose_name=_("branch"))
    returns = models.CharField(
        _("return confirmation mode"), max_length=11, choices=Returns.choices, default="provisional"
    )
    proves = models.BooleanField(_("sends proofs"), default=False, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    seen_at = models.DateTimeField(_("last seen"), null=True, blank=True, editable=False)
    journal = models.CharField(_("journal"), max_length=36, blank=True, editable=False)
    max_contiguous_seq = models.PositiveBigIntegerField(_("all rows received up to number"), default=0, editable=False)

    class Meta:
        verbose_name = _("kiosk")
        verbose_name_plural = _("kiosks")
        ordering = ("name",)

    def __str__(self) -> str:
        return str(self.name)


class Transaction(models.Model):
    """A row of a kiosk's journal with its first answer. Its id is never used again.

    Body and hash are empty for an anonymous response that was counted, and for any row past its retention period.
    """

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        REFUSED = "refused", _("refused")
        SET_ASIDE = "set_aside", _("set aside")

    id = models.UUIDField(_("number"), primary_key=True)
    kiosk = models.ForeignKey(Kiosk, models.PROTECT, related_name="transactions", verbose_name=_("kiosk"))
    journal = models.CharField(_("journal"), max_length=36, blank=True)
    seq = models.PositiveBigIntegerField(_("sequence"))
    boot = models.CharField(_("boot"), max_length=64)
    mono_ns = models.BigIntegerField(_("monotonic time, ns"))
    at = models.DateTimeField(_("at the kiosk"))
    trust = models.CharField(_("trust in the kiosk's time"), max_length=10)
    kind = models.CharField(_("kind"), max_length=32)
    body = models.TextField(_("body"))
    body_hash = models.CharField(_("body hash"), max_length=64)
    no_block = models.BooleanField(_("no block"))
    received_at = models.DateTimeField(_("received"))
    happened_at = models.DateTimeField(
        _("happened"), null=True, blank=True, help_text=_("Calculated by the hub; empty if unknown.")
    )
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    answer = models.JSONField(_("answer"))
    code = models.CharField(_("receipt code"), max_length=6, db_index=True)

    class Meta:
        verbose_name = _("transaction")
        verbose_name_plural = _("transactions")
        ordering = ("-received_at", "-seq")
        indexes = (
            models.Index(fields=("kiosk", "journal", "seq")),
            models.Index(fields=("kiosk", "journal", "received_at")),
            models.Index(fields=("kiosk", "received_at")),
            models.Index(fields=("received_at", "id"), name="transactions_with_body", condition=~Q(body="")),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @classmethod
    def of_row(cls, row: WireRow, kiosk: Kiosk, journal: str, received: datetime) -> Self:
        """Return the transaction of an uploaded row, without an answer and not saved."""
        return cls(
            id=UUID(row.id),
            kiosk=kiosk,
            journal=journal,
            seq=row.seq,
            boot=row.boot,
            mono_ns=row.mono_ns,
            at=row.at,
            trust=row.trust.value,
            kind=row.kind,
            body=row.body,
            body_hash=body_hash(row.kind, row.body),
            no_block=row.no_block,
            received_at=received,
            code=receipt_code(TransactionId(row.id)),
        )


class ExceptionCase(models.Model):
    """An uploaded row, or a report about a kiosk, that staff must look at."""

    class Kind(models.TextChoices):
        REFUSED = "refused", _("refused after confirmation")
        SET_ASIDE = "set_aside", _("not readable")
        CONFLICT = "conflict", _("same number, different content")
        GAP = "gap", _("rows are missing")
        UNTOLD = "untold", _("done, patron not informed")
        AGAINST = "against", _("done despite the rules")
        NO_KEY = "no_key", _("encrypted to a missing key")
        UNOPENED = "unopened", _("encrypted to a lost key")
        ALARM = "alarm", _("alarm about a kiosk")
        TAG = "tag", _("RFID tag to check")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    reason = models.CharField(_("reason"), max_length=64, help_text=_("Code of the reason."))
    facts = models.JSONField(_("reason details"), default=dict, blank=True)
    detail = models.CharField(_("detail"), max_length=500, blank=True)
    kiosk = models.ForeignKey(
        Kiosk, models.PROTECT, null=True, blank=True, related_name="exceptions", verbose_name=_("kiosk")
    )
    """None: the finding of a staff desk, which `detail` names."""
    transaction = models.ForeignKey(
        Transaction, models.PROTECT, null=True, blank=True, related_name="exceptions", verbose_name=_("transaction")
    )
    journal = models.CharField(_("journal"), max_length=36, blank=True)
    seq = models.PositiveBigIntegerField(_("sequence"), null=True, blank=True)
    last_seq = models.PositiveBigIntegerField(_("up to sequence"), null=True, blank=True)
    raw = models.TextField(_("as received"), blank=True)
    raw_hash = models.CharField(max_length=64, null=True, blank=True, editable=False)
    opened_at = models.DateTimeField(_("opened"))
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    resolved_by = models.CharField(_("resolved by"), max_length=150, blank=True)
    resolution = models.CharField(_("resolution"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("exception")
        verbose_name_plural = _("exceptions")
        ordering = ("opened_at", "id")
        indexes = (models.Index(fields=("resolved_at", "opened_at")), models.Index(fields=("kiosk", "journal", "seq")))
        constraints = (
            models.UniqueConstraint(
                fields=("kiosk", "journal", "raw_hash"), name="circulation_exceptioncase_kiosk_journal_raw_hash_unique"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.reason}"


class UnnumberedChange(models.Model):
    """A change that has no number yet. Database triggers insert these rows without waiting for a lock.

    `what` is the key of a card or an item, or the primary key of a patron, title or item that affects several of them.
    The kind `title` affects the items of a title, `work` the title's entry in the search.
    """

    kind = models.CharField(max_length=8)
    what = models.CharField(max_length=64)


class SnapshotChange(models.Model):
    """The latest change of a card, item, title, the policy or the floors, with its number.

    A deleted card, item or title keeps its row, because kiosks must be notified of the deletion.
    """

    class Kind(models.TextChoices):
        CARD = "card"
        ITEM = "item"
        POLICY = "policy"
        TITLE = "title"
        FLOORS = "floors"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    what = models.CharField(max_length=64)
    number = models.PositiveBigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("kind", "what"), name="circulation_snapshotchange_kind_what_unique"),
        )
        indexes = (models.Index(fields=("number", "id")),)


class PolicyMark(models.Model):
    """Identifies the current policy by a token that changes with each change of the policy's tables.

    The table has one row. The token is random and never repeats, even after a rollback or a restore. Triggers write it.
    """

    token = models.CharField(max_length=36)


class ChangeMark(models.Model):
    """A moment up to which changes were numbered. After a restore the hub lacks the later marks.

    `token` is random, so that no two hubs, and no two histories of one hub, issue the same mark.
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    token = models.CharField(max_length=16)
    at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ("number",)
