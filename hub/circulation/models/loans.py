"""Store loans, returns that staff have not checked, holds, fees, transfers, last sightings and the event feed."""

from collections.abc import Mapping
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hub.catalogue.models import Branch, Item, Title
from hub.circulation.models.patrons import Patron
from hub.circulation.models.rules import Rule

NAMES: Mapping[str, bool] = {"nameless": False, "closed_at__isnull": False}
"""Filter for closed rows that still name their patron: what the nightly anonymisation has to process."""


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
    item = models.ForeignKey(Item, models.PROTECT, related_name="loans", verbose_name=_("item"))
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
            models.Index(fields=("state", "due")),
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
    """A patron's hold on a title. `item` is the copy that was trapped for it and is on the hold shelf."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        READY = "ready", _("ready")
        COLLECTED = "collected", _("collected")
        CANCELLED = "cancelled", _("cancelled")

    OPEN = (State.WAITING, State.READY)

    patron = models.ForeignKey(Patron, models.CASCADE, related_name="holds", verbose_name=_("patron"))
    title = models.ForeignKey(Title, models.PROTECT, related_name="holds", verbose_name=_("title"))
    pickup = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("pickup branch"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    placed_at = models.DateTimeField(_("placed"))
    item = models.ForeignKey(Item, models.PROTECT, null=True, blank=True, related_name="holds", verbose_name=_("item"))
    shelf = models.CharField(_("hold shelf"), max_length=40, blank=True)
    until = models.DateField(_("pickup until"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    nameless = models.BooleanField(_("patron no longer stored"), default=False, editable=False)

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        ordering = ("placed_at", "id")
        indexes = (models.Index(fields=("closed_at", "id"), name="holds_not_anonymised", condition=Q(**NAMES)),)
        constraints = (
            models.UniqueConstraint(fields=("item",), condition=Q(state="ready"), name="one_ready_hold_per_item"),
            models.UniqueConstraint(
                fields=("patron", "title"), condition=Q(state__in=("waiting", "ready")), name="one_open_hold_per_title"
            ),
        )

    def __str__(self) -> str:
        return f"{self.title} → {self.patron}"


class Fee(models.Model):
    """Money that a patron owes, and how much of it was paid, in the library's currency."""

    class Kind(models.TextChoices):
        OVERDUE = "overdue", _("overdue")
        LOST = "lost", _("lost item")
        DAMAGE = "damage", _("damage")
        OTHER = "other", _("other")

    patron = models.ForeignKey(Patron, models.PROTECT, related_name="fees", verbose_name=_("patron"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    amount = models.DecimalField(_("amount"), max_digits=9, decimal_places=2)
    paid = models.DecimalField(_("paid"), max_digits=9, decimal_places=2, default=0)
    item = models.ForeignKey(Item, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("item"))
    charged_at = models.DateTimeField(_("charged"))
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("fee")
        verbose_name_plural = _("fees")
        ordering = ("charged_at", "id")
        constraints = (
            models.CheckConstraint(condition=Q(paid__gte=0) & Q(paid__lte=models.F("amount")), name="paid_within_fee"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"


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
