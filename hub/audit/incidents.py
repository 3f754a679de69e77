"""Writes down incidents and what was done about them; keeps patrons by pseudonym alone."""

from __future__ import annotations

from datetime import datetime

from hub.audit.models import Incident, IncidentLine
from hub.circulation.models import Patron
from hub.core.retrying_transaction import atomic
from hub.staff import lookup


def pseudonyms(text: str) -> tuple[list[str], list[int]]:
    """Those of the patrons who are named one a line by number, card or pseudonym; and the lines that fit nobody."""
    found: list[str] = []
    unknown: list[int] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not (told := line.strip()):
            continue
        known = Patron.objects.filter(ref=told).first() or lookup.patron_by_number(told)
        if known is None:
            unknown.append(number)
        elif known.ref not in found:
            found.append(known.ref)
    return found, unknown


def write(what: str, noticed: datetime, affected: list[str], by: str, now: datetime) -> Incident:
    made: Incident = Incident.objects.create(
        what=what, noticed_at=noticed, affected=affected, opened_by=by, opened_at=now
    )
    return made


@atomic
def add(incident: Incident, kind: str, words: str, whom: str, by: str, now: datetime) -> None:
    """Adds what was done or told; closing it is a line too."""
    IncidentLine.objects.create(incident=incident, kind=kind, words=words, whom=whom, by=by, at=now)
    if kind == IncidentLine.Kind.CLOSED:
        incident.closed_at = now
        incident.save(update_fields=("closed_at",))
