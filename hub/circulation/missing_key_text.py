"""Describe transactions that no key here can decrypt, and what their envelopes still contain."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from hub.circulation import missing_row_text
from hub.circulation.intake import missing_seal_keys
from hub.circulation.intake.missing_seal_keys import NO_KEY, UNOPENED
from hub.circulation.missing_row_text import Gap, LostRow
from hub.circulation.models import ExceptionCase, Kiosk


@dataclass(frozen=True, slots=True)
class UnreadVisit:
    """An unreadable visit up to the row of a receipt, without a longer pause; its patron is unknown."""

    kiosk: str
    at: str
    rows: tuple[tuple[LostRow, int], ...]
    """Each row with the number of its case."""


def words(case: ExceptionCase) -> str:
    """Return what is missing, short enough for a row of the list."""
    if case.kind == NO_KEY:
        return _("Missing key: no transaction of this kiosk can be processed")
    if case.transaction_id is not None:
        return _("Key found: not processed yet")
    return _("Key lost: content cannot be read")


def act(case: ExceptionCase) -> str:
    """Return the kiosk's operation, if its envelope contains it."""
    return missing_row_text.act(str(case.facts.get("kind", "")))


def row(case: ExceptionCase) -> list[LostRow]:
    """Return what is known of the row of such a case."""
    if case.kind != UNOPENED or case.transaction_id is not None:
        return []
    return [_lost_row(case)]


def _lost_row(case: ExceptionCase) -> LostRow:
    return missing_row_text.lost_row({name: str(fact) for name, fact in case.facts.items()})


def missing_keys(kiosk: Kiosk) -> list[Gap]:
    """Return the missing keys that block every transaction of this kiosk."""
    return [Gap(case.pk, words(case)) for case in _waiting().filter(kiosk=kiosk)]


def waiting() -> frozenset[int]:
    """Return the keys of the kiosks whose transactions are blocked."""
    return frozenset(_waiting().values_list("kiosk", flat=True))


def _waiting() -> "QuerySet[ExceptionCase]":
    return ExceptionCase.objects.filter(kind=NO_KEY, resolved_at=None)


def visits(code: str, pause: timedelta) -> list[UnreadVisit]:
    """Return every unreadable visit with this receipt code; `pause` is the longest pause within a visit."""
    return [
        UnreadVisit(
            kiosk=str(cases[-1].kiosk),
            at=_lost_row(cases[-1]).at,
            rows=tuple((_lost_row(case), case.pk) for case in cases),
        )
        for cases in missing_seal_keys.visits(code, pause)
    ]
