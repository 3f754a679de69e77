"""Describe transactions that no key here can decrypt, and what their envelopes still contain."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from hub.circulation import missing_seal_keys
from hub.circulation.missing_seal_keys import NO_KEY, UNOPENED
from hub.circulation.models import ExceptionCase, Kiosk
from hub.fleet.models import KioskStatus
from hub.staff import missing_row_text
from hub.staff.missing_row_text import Gap, Lost


@dataclass(frozen=True, slots=True)
class UnreadVisit:
    """An unreadable visit up to the row of a receipt, without a longer pause; its patron is unknown."""

    kiosk: str
    at: str
    rows: tuple[tuple[Lost, int], ...]
    """Each row with the number of its case."""


def words(case: ExceptionCase) -> str:
    """Return what is missing, short enough for a row of the list."""
    if case.kind == NO_KEY:
        return _("Waits for a key that is missing: nothing of this kiosk comes through")
    if case.transaction_id is not None:
        return _("Its key was found: not done yet")
    return _("Its key is lost: what it says cannot be read")


def what_to_do(case: ExceptionCase) -> str:
    """Return what staff can do about it."""
    if case.kind == NO_KEY:
        return _(
            "The kiosk keeps {rows} sealed to the key {key}, and this hub does not have that key. Put the file seal_key"
            " of a backup of this hub into its state folder as seal_key.back: then all goes through by itself."
        ).format(rows=_rows(case), key=case.reason)
    if case.transaction_id is not None:
        return ""
    return _(
        "Whose it was and which item nobody can tell any more: ask who comes with the receipt, and look at the shelf."
    )


def _rows(case: ExceptionCase) -> str:
    """Return how many rows wait, by the kiosk's last report."""
    kept = KioskStatus.objects.filter(kiosk=case.kiosk_id).first()
    reported = kept.sealed if kept is not None and kept.sealed is not None else []
    count = sum(each["queued"] for each in reported if each["key"] == case.reason)
    if not count:
        return pgettext("transactions", "rows")
    return ngettext("{count} row", "{count} rows", count).format(count=f"{count:,}")


def act(case: ExceptionCase) -> str:
    """Return the kiosk's operation, if its envelope contains it."""
    return missing_row_text.act(str(case.facts.get("kind", "")))


def row(case: ExceptionCase) -> list[Lost]:
    """Return what is known of the row of such a case."""
    if case.kind != UNOPENED or case.transaction_id is not None:
        return []
    return [_lost(case)]


def _lost(case: ExceptionCase) -> Lost:
    return missing_row_text.lost({name: str(fact) for name, fact in case.facts.items()})


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
            at=_lost(cases[-1]).at,
            rows=tuple((_lost(case), case.pk) for case in cases),
        )
        for cases in missing_seal_keys.visits(code, pause)
    ]
