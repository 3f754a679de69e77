"""What the library has to say to a patron at her next visit, and that she has seen it; for kiosks and phones."""

from dataclasses import dataclass
from datetime import datetime

from kiosk.hub.atomic import atomic
from kiosk.hub.outreach.voice.models import Line, Suggestion, Wish
from kiosk.hub.outreach.voice.suggestions import hyphenated


@dataclass(frozen=True, slots=True)
class Told:
    """One thing to show her. `key` names it when it is read; `about` is what she had said, shortened.

    For a suggestion `state` is what became of it and `words` the reason, where there is one.
    """

    key: str
    about: str
    words: str
    at: datetime
    state: str = ""


def unread(ref: str) -> list[Told]:
    """What she has not been shown yet, oldest first."""
    lines = Line.objects.filter(ticket__person__ref=ref, by_staff=True, read_at=None).order_by("pk")
    told = [Told(f"answer-{line.pk}", _question(line), line.words, line.at) for line in lines]
    wishes = Wish.objects.filter(person__ref=ref).exclude(suggestion__state=Suggestion.State.NEW)
    for wish in wishes.select_related("suggestion").order_by("suggestion__changed_at"):
        found = wish.suggestion
        if wish.read != found.state:
            about = found.words or hyphenated(found.isbn)
            told.append(Told(f"wish-{wish.pk}-{found.state}", about, found.reason, found.changed_at, found.state))
    return told


@atomic
def read(ref: str, key: str, at: datetime) -> bool:
    """Notes that she has been shown it; False where it is not hers or was read before."""
    kind, _, rest = key.partition("-")
    number, _, state = rest.partition("-")
    if not number.isdecimal() or len(number) > 18:
        return False
    if kind == "answer":
        lines = Line.objects.filter(pk=number, ticket__person__ref=ref, by_staff=True, read_at=None)
        return bool(lines.update(read_at=at))
    if kind == "wish" and state in Suggestion.State.values:
        return bool(Wish.objects.filter(pk=number, person__ref=ref).exclude(read=state).update(read=state))
    return False


def _question(line: Line) -> str:
    asked = Line.objects.filter(ticket_id=line.ticket_id, by_staff=False, pk__lt=line.pk).last()
    return asked.words[:80] if asked else ""
