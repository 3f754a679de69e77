"""Questionnaires at kiosks: which one she is asked after a visit, and what comes back of it; draws none.

What she said comes with her card only where her name is on it. Else her card tells no more than that she took part, and
the sheet comes by itself.
"""

from __future__ import annotations

import json
from datetime import datetime

from hub.catalogue.models import Branch
from hub.core.retrying_transaction import atomic
from hub.outreach.events import Event
from hub.outreach.feedback.deduplication import SubmissionRejected, day_of
from hub.outreach.feedback.models import PartialResponse, Questionnaire
from hub.outreach.feedback.surveys import rounds
from hub.outreach.profiles.models import Person

GIVEN, PART, LATER = "given", "part", "later"


def due(person: Person, now: datetime, branch: Branch | None) -> tuple[str, dict[str, str]] | None:
    """Which one, and its facts; a child is asked for nothing that her name is on."""
    found = rounds.next_for(person, day_of(now), branch)
    if found is None or (person.child and not found.anonymous):
        return None
    begun = PartialResponse.objects.filter(person=person, questionnaire=found).first()
    facts = told(found)
    return named(found), {**facts, "so_far": json.dumps(begun.values, ensure_ascii=False)} if begun else facts


def anybodys(now: datetime, branch: Branch | None) -> Questionnaire | None:
    """The one that may be answered without a card."""
    return rounds.next_for(None, day_of(now), branch)


def told(questionnaire: Questionnaire) -> dict[str, str]:
    form = json.dumps(questionnaire.form, ensure_ascii=False, separators=(",", ":"))
    return {"form": form, "anonymous": "yes" if questionnaire.anonymous else ""}


def named(questionnaire: Questionnaire) -> str:
    """Short name and version: what comes back with the answers."""
    return f"{questionnaire.code}.{questionnaire.version}"


@atomic
def answered(person: Person, event: Event, answer: str) -> bool:
    """What came with her card: that she took part, her sheet, or half of it. False where it makes no sense."""
    word, _, sheet = answer.partition(" ")
    found = _of(event)
    if found is None or word not in (GIVEN, PART, LATER) or (found.anonymous and sheet):
        return False
    try:
        match word:
            case "part":
                _begin(person, found, _values(sheet))
            case "given" if found.anonymous:
                rounds.count(person, found)
            case "given":
                _take(event, found, sheet, person)
                PartialResponse.objects.filter(person=person, questionnaire=found).delete()
    except SubmissionRejected:
        return False
    return True


def _begin(person: Person, found: Questionnaire, values: dict[str, object]) -> None:
    """Adds to what she has said before: where a card alone was shown she did not see it, and took nothing back."""
    rows = PartialResponse.objects.select_for_update()
    begun, _ = rows.get_or_create(person=person, questionnaire=found, defaults={"values": {}})
    begun.values = {**begun.values, **values}
    begun.save()


def take(event: Event) -> None:
    """A sheet that nobody's name is on. Raises NotTaken."""
    found = _of(event)
    if found is None or not found.anonymous or event.patron:
        raise SubmissionRejected("no such questionnaire")
    _take(event, found, str(event.data.get("answer") or ""), None)


def _take(event: Event, found: Questionnaire, sheet: str, person: Person | None) -> None:
    """Where it was answered is kept of a sheet with a name; of others a kiosk tells too much."""
    transaction = str(event.data.get("transaction") or f"feed-{event.number}")
    kiosk = str(event.data.get("kiosk") or "") if person else ""
    branch = Branch.objects.filter(code=event.data.get("branch") or "").first()
    values = _values(sheet)
    rounds.take(found.code, found.version, values, transaction, event.at, person=person, branch=branch, kiosk=kiosk)


def _values(sheet: str) -> dict[str, object]:
    try:
        values = json.loads(sheet)
    except ValueError:
        raise SubmissionRejected("no sheet") from None
    if not isinstance(values, dict):
        raise SubmissionRejected("no sheet")
    return values


def _of(event: Event) -> Questionnaire | None:
    code, _, version = str(event.data.get("about") or "").rpartition(".")
    if not version.isdecimal() or len(version) > 4:
        return None
    rows = Questionnaire.objects.exclude(state=Questionnaire.State.DRAFT)
    found: Questionnaire | None = rows.filter(code=code, version=int(version)).first()
    return found
