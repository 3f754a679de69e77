"""Store kiosks, their transactions with the first answer, and exceptions."""

from datetime import datetime
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hub.catalogue.models import Branch
from lending.transactions import TransactionId, receipt_code
from lending.wire import WireRow, body_hash


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

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    reason = models.CharField(_("reason"), max_length=64, help_text=_("Code of the reason."))
    facts = models.JSONField(_("reason details"), default=dict, blank=True)
    detail = models.CharField(_("detail"), max_length=500, blank=True)
    kiosk = models.ForeignKey(Kiosk, models.PROTECT, related_name="exceptions", verbose_name=_("kiosk"))
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
