"""What the library has to say to a patron at her next visit, and that she has seen it; for kiosks and phones."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from hub.core.retrying_transaction import atomic
from hub.outreach.delivery import on_site_messages
from hub.outreach.delivery.message_kinds import MessageKind
from hub.outreach.delivery.models import Delivery
from hub.outreach.feedback.models import Feedback, Suggestion, SuggestionFollower, TicketMessage
from hub.outreach.feedback.suggestions import hyphenated
from hub.outreach.profiles.channels import Channel


@dataclass(frozen=True, slots=True)
class PendingReply:
    """One thing to show her. `key` names it when it is read; `about` is what she had said, shortened.

    For a suggestion `state` is what became of it and `words` the reason, where there is one.
    """

    key: str
    about: str
    words: str
    at: datetime
    state: str = ""


def unread(ref: str) -> list[PendingReply]:
    """What she has not been shown yet: answers to questions, then to opinions, then what became of wishes."""
    return [*_answers(ref), *_opinions(ref), *_wishes(ref)]


def _answers(ref: str) -> Iterator[PendingReply]:
    for line in TicketMessage.objects.filter(ticket__person__ref=ref, by_staff=True, read_at=None).order_by("pk"):
        yield PendingReply(f"answer-{line.pk}", _question(line), line.words, line.at)


def _opinions(ref: str) -> Iterator[PendingReply]:
    answered = Feedback.objects.filter(person__ref=ref, answered_at__isnull=False, read_at=None)
    for each in answered.order_by("answered_at", "pk"):
        yield PendingReply(f"opinion-{each.pk}", each.words[:80], each.answer, each.answered_at)


def _wishes(ref: str) -> Iterator[PendingReply]:
    wishes = SuggestionFollower.objects.filter(person__ref=ref).exclude(suggestion__state=Suggestion.State.NEW)
    for wish in wishes.select_related("suggestion").order_by("suggestion__changed_at", "pk"):
        found = wish.suggestion
        if wish.read != found.state:
            about = found.words or hyphenated(found.isbn)
            yield PendingReply(f"wish-{wish.pk}-{found.state}", about, found.reason, found.changed_at, found.state)


@atomic
def read(ref: str, key: str, at: datetime) -> bool:
    """Notes that she has been shown it; False where it is not hers or was read before.

    Where the same stood ready for her on the screen as a message, that has been said, too.
    """
    kind, _, rest = key.partition("-")
    number, _, state = rest.partition("-")
    if not number.isdecimal() or len(number) > 18:
        return False
    said = _noted(ref, kind, int(number), state, at)
    if not said:
        return False
    hers = Delivery.objects.filter(message__person__ref=ref, message__kind=MessageKind.ANSWER, channel=Channel.SCREEN)
    for delivery in hers.filter(message__key__startswith=said):
        on_site_messages.shown(ref, delivery.pk)
    return True


def _noted(ref: str, kind: str, number: int, state: str, at: datetime) -> str:
    """How the key of the message begins that said the same; nothing where there was nothing to note."""
    match kind:
        case "answer":
            line = TicketMessage.objects.filter(pk=number, ticket__person__ref=ref, by_staff=True, read_at=None)
            ticket = line.values_list("ticket", flat=True).first()
            return f"ticket-{ticket}-{number}-" if line.update(read_at=at) else ""
        case "opinion":
            mine = Feedback.objects.filter(pk=number, person__ref=ref, answered_at__isnull=False, read_at=None)
            return f"feedback-{number}-" if mine.update(read_at=at) else ""
        case "wish" if state in Suggestion.State.values:
            wish = SuggestionFollower.objects.filter(pk=number, person__ref=ref).exclude(read=state)
            suggestion = wish.values_list("suggestion", flat=True).first()
            return f"suggestion-{suggestion}-{number}-{state}-" if wish.update(read=state) else ""
        case _:
            return ""


def _question(line: TicketMessage) -> str:
    asked = TicketMessage.objects.filter(ticket_id=line.ticket_id, by_staff=False, pk__lt=line.pk).last()
    return asked.words[:80] if asked else ""
