"""Choose the questionnaire for a patron after a kiosk visit, and process the answers from kiosks.

Answers arrive with the card only if the questionnaire has names. Otherwise the card's event records only that the
patron took part, and the answers arrive in an event of their own.
"""

from __future__ import annotations

import json
from datetime import datetime

from hub.catalogue.models import Branch
from hub.core.retrying_transaction import atomic
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected, day_of
from hub.outreach.engagement.feedback.models import PartialResponse, Questionnaire
from hub.outreach.engagement.feedback.surveys import rounds
from hub.outreach.library_system.events import Event
from hub.outreach.patrons.models import Person

GIVEN, PART, LATER = "given", "part", "later"


def due(person: Person, now: datetime, branch: Branch | None) -> tuple[str, dict[str, str]] | None:
    """Return the questionnaire's name and facts for this patron; a child is asked only anonymous ones."""
    found = rounds.next_for(person, day_of(now), branch)
    if found is None or (person.child and not found.anonymous):
        return None
    begun = PartialResponse.objects.filter(person=person, questionnaire=found).first()
    facts = payload_for_kiosks(found)
    return survey_reference(found), {
        **facts,
        "so_far": json.dumps(begun.values, ensure_ascii=False),
    } if begun else facts


def anybodys(now: datetime, branch: Branch | None) -> Questionnaire | None:
    """Return the questionnaire that may be answered without a card."""
    return rounds.next_for(None, day_of(now), branch)


def payload_for_kiosks(questionnaire: Questionnaire) -> dict[str, str]:
    """Return the questionnaire as a kiosk receives it: its JSON, and whether it is anonymous."""
    form = json.dumps(questionnaire.form, ensure_ascii=False, separators=(",", ":"))
    return {"form": form, "anonymous": "yes" if questionnaire.anonymous else ""}


def survey_reference(questionnaire: Questionnaire) -> str:
    """Return short name and version, which come back with the answers."""
    return f"{questionnaire.code}.{questionnaire.version}"


@atomic
def answered(person: Person, event: Event, answer: str) -> bool:
    """Process an event with a card: participation, a complete response, or a part of one.

    False if it is invalid.
    """
    word, _, sheet = answer.partition(" ")
    found = _questionnaire(event)
    if found is None or word not in (GIVEN, PART, LATER) or (found.anonymous and sheet):
        return False
    try:
        match word:
            case "part":
                _add_partial(person, found, _values(sheet))
            case "given" if found.anonymous:
                rounds.count(person, found)
            case "given":
                _take(event, found, sheet, person)
                PartialResponse.objects.filter(person=person, questionnaire=found).delete()
    except SubmissionRejected:
        return False
    return True


def _add_partial(person: Person, found: Questionnaire, values: dict[str, object]) -> None:
    """Add to the patron's earlier answers.

    They are merged because, if only a card was shown, the patron did not see the earlier answers and withdrew none.
    """
    rows = PartialResponse.objects.select_for_update()
    begun, _ = rows.get_or_create(person=person, questionnaire=found, defaults={"values": {}})
    begun.values = {**begun.values, **values}
    begun.save()


def take(event: Event) -> None:
    """Store an anonymous response.

    Raises:
        SubmissionRejected: If there is no such anonymous questionnaire, or an answer is invalid.
    """
    found = _questionnaire(event)
    if found is None or not found.anonymous or event.patron:
        raise SubmissionRejected("no such questionnaire")
    _take(event, found, str(event.data.get("answer") or ""), None)


def _take(event: Event, found: Questionnaire, sheet: str, person: Person | None) -> None:
    """Store a response. The kiosk is stored only with a name: for an anonymous one it reveals too much."""
    kiosk = str(event.data.get("kiosk") or "") if person else ""
    branch = Branch.objects.filter(code=event.branch).first()
    values, at = _values(sheet), event.at
    rounds.take(found.code, found.version, values, event.transaction, at, person=person, branch=branch, kiosk=kiosk)


def _values(sheet: str) -> dict[str, object]:
    try:
        values = json.loads(sheet)
    except ValueError:
        raise SubmissionRejected("the answers are no JSON object") from None
    if not isinstance(values, dict):
        raise SubmissionRejected("the answers are no JSON object")
    return values


def _questionnaire(event: Event) -> Questionnaire | None:
    code, _, version = str(event.data.get("about") or "").rpartition(".")
    if not version.isdecimal() or len(version) > 4:
        return None
    rows = Questionnaire.objects.exclude(state=Questionnaire.State.DRAFT)
    return rows.filter(code=code, version=int(version)).first()
