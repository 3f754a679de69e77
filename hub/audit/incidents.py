"""Record incidents and the measures taken. Patrons appear only by pseudonym."""

from __future__ import annotations

from datetime import datetime

from hub.audit.models import Incident, IncidentLine
from hub.circulation import lookup
from hub.circulation.models import Patron
from hub.core.retrying_transaction import atomic


def pseudonyms(text: str) -> tuple[list[str], list[int]]:
    """Look up the patrons listed one per line, by number, card or pseudonym.

    Returns:
        The pseudonyms found, without repeats, and the numbers of the lines that match no patron.
    """
    found: list[str] = []
    unknown: list[int] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not (line_text := line.strip()):
            continue
        known = Patron.objects.filter(ref=line_text).first() or lookup.patron_by_number(line_text)
        if known is None:
            unknown.append(number)
        elif known.ref not in found:
            found.append(known.ref)
    return found, unknown


def write(what: str, noticed: datetime, affected: list[str], by: str, now: datetime) -> Incident:
    """Open an incident; `affected` are pseudonyms."""
    return Incident.objects.create(what=what, noticed_at=noticed, affected=affected, opened_by=by, opened_at=now)


@atomic
def add(incident: Incident, kind: str, words: str, whom: str, by: str, now: datetime) -> None:
    """Add a measure, a notification or the closing of the incident."""
    IncidentLine.objects.create(incident=incident, kind=kind, words=words, whom=whom, by=by, at=now)
    if kind == IncidentLine.Kind.CLOSED:
        incident.closed_at = now
        incident.save(update_fields=("closed_at",))
