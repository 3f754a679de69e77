"""Describe rows that a kiosk uploaded or recorded and that the hub does not have."""

import json
import re
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from hub.circulation.models import ExceptionCase, Kiosk
from hub.core.pages import formatting

RUN = re.compile(r"rows (\d+) to (\d+)")
"""Form in which the detail of such a case begins."""
UNTOLD = "gap"


@dataclass(frozen=True, slots=True)
class Gap:
    """An open case of missing rows, as shown on its kiosk's page."""

    pk: int
    words: str


@dataclass(frozen=True, slots=True)
class LostRow:
    """What is still known of one row, or of a run of rows."""

    rows: str
    act: str
    at: str
    code: str


def open_gaps(kiosk: Kiosk) -> list[Gap]:
    """Return the open cases of missing rows, oldest first."""
    cases = ExceptionCase.objects.filter(kiosk=kiosk, kind=ExceptionCase.Kind.GAP, resolved_at=None)
    return [Gap(case.pk, words(case)) for case in cases]


def words(case: ExceptionCase) -> str:
    """Return which rows are missing, and why."""
    found = RUN.match(case.detail)
    if found is None:
        return str(case.get_kind_display())
    reasons = {
        UNTOLD: _("Rows {first} to {last} not received"),
        "erased": _("Rows {first} to {last} lost: the kiosk keeps their content for 1 day"),
        "deleted": _("Rows {first} to {last} lost: the kiosk no longer has them"),
        "set_aside": _("Rows {first} to {last} lost: they were at the exception desk, not confirmed to any patron"),
        "unsendable": _("Rows {first} to {last} never received: the kiosk could not send them"),
        "refused": _("Rows {first} to {last} were refused and not confirmed to any patron"),
    }
    return reasons.get(case.reason, reasons[UNTOLD]).format(first=found[1], last=found[2])


def what_to_do(case: ExceptionCase) -> str:
    """Return what staff can do about it."""
    if case.reason == UNTOLD:
        return _("If the kiosk still has them, it sends them automatically within minutes. If not, check its journal.")
    return _("Compare the receipts with the shelf. The known details of each are listed below.")


def lost_rows(case: ExceptionCase) -> list[LostRow]:
    """Return what the kiosk could still report, row by row."""
    if case.last_seq is None:
        return []
    return [lost_row(each) for each in json.loads(case.raw)]


def act(kind: str) -> str:
    """Return the kiosk's operation, by the kind of its row."""
    acts = {"checkout": _("Check out"), "checkin": _("Check in"), "renew": _("Renew"), "undo": _("Undo")}
    return acts.get(kind, kind or "–")


def lost_row(facts: dict[str, str]) -> LostRow:
    """Return what an envelope still contains."""
    at = datetime.fromisoformat(facts["at"]) if facts["at"] else None
    run = f"{facts['seq']}–{facts['last']}" if "last" in facts else str(facts["seq"])
    return LostRow(run, act(facts["kind"]), formatting.date_and_time(at) or "–", facts["code"] or "–")


def all_here(kiosk: Kiosk) -> str:
    """Return the number of the last row up to which nothing is missing."""
    if not kiosk.max_contiguous_seq:
        return "–"
    return _("all up to number {seq}").format(seq=kiosk.max_contiguous_seq)
