"""List the library's replies for a patron's next visit or portal page, and mark them as read."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from hub.core.retrying_transaction import atomic
from hub.outreach.engagement.feedback.models import Feedback, Suggestion, SuggestionFollower, TicketMessage
from hub.outreach.engagement.feedback.suggestions import hyphenate
from hub.outreach.messaging import on_site_messages
from hub.outreach.messaging.models import Delivery
from hub.outreach.patrons.channels import Channel
from hub.outreach.patrons.purposes import MessageKind


@dataclass(frozen=True, slots=True)
class PendingReply:
    """One reply to show; `key` identifies it when read, `about` is what the patron had said, shortened.

    For a suggestion `state` is the decision and `words` the reason, if there is one.
    """

    key: str
    about: str
    words: str
    time: datetime
    state: str = ""
    is_from_library: bool = False
    """Whether the library wrote first: `about` is its subject."""


def unread(ref: str) -> list[PendingReply]:
    """Return the unread replies: answers to questions, then to feedback, then decisions on suggestions."""
    return [*_answers(ref), *_opinions(ref), *_wishes(ref)]


def _answers(ref: str) -> Iterator[PendingReply]:
    for line in TicketMessage.objects.filter(ticket__person__ref=ref, by_staff=True, read_at=None).order_by("pk"):
        first = TicketMessage.objects.filter(ticket_id=line.ticket_id).order_by("pk")[0]
        question = _question(line)
        if question or not first.by_staff:
            yield PendingReply(f"answer-{line.pk}", question, line.words, line.at)
            continue
        subject, _, words = first.words.partition("\n")
        shown = words if line.pk == first.pk else line.words
        yield PendingReply(f"answer-{line.pk}", subject, shown, line.at, is_from_library=True)


def _opinions(ref: str) -> Iterator[PendingReply]:
    answered = Feedback.objects.filter(person__ref=ref, answered_at__isnull=False, read_at=None)
    for each in answered.order_by("answered_at", "pk"):
        yield PendingReply(f"opinion-{each.pk}", each.words[:80], each.answer, each.answered_at)


def _wishes(ref: str) -> Iterator[PendingReply]:
    wishes = SuggestionFollower.objects.filter(person__ref=ref).exclude(suggestion__state=Suggestion.State.NEW)
    for wish in wishes.select_related("suggestion").order_by("suggestion__changed_at", "pk"):
        found = wish.suggestion
        if wish.read != found.state:
            about = found.words or hyphenate(found.isbn)
            yield PendingReply(f"wish-{wish.pk}-{found.state}", about, found.reason, found.changed_at, found.state)


@atomic
def read(ref: str, key: str, at: datetime) -> bool:
    """Mark a reply as read; False if it belongs to another patron or was read before.

    A message with the same content that waits on the screen is marked as shown as well.
    """
    kind, _, rest = key.partition("-")
    number, _, state = rest.partition("-")
    if not number.isdecimal() or len(number) > 18:
        return False
    is_new = _mark_read(ref, kind, int(number), state, at)
    if not is_new:
        return False
    on_screen = Delivery.objects.filter(
        message__person__ref=ref, message__kind=MessageKind.ANSWER, channel=Channel.SCREEN
    )
    for delivery in on_screen.filter(message__key__startswith=is_new):
        on_site_messages.mark_shown(ref, delivery.pk)
    return True


def _mark_read(ref: str, kind: str, number: int, state: str, at: datetime) -> str:
    """Mark it as read; return the key prefix of the message with the same content, or an empty text."""
    match kind:
        case "answer":
            line = TicketMessage.objects.filter(pk=number, ticket__person__ref=ref, by_staff=True, read_at=None)
            ticket = line.values_list("ticket", flat=True).first()
            return f"ticket-{ticket}-{number}-" if line.update(read_at=at) else ""
        case "opinion":
            rows = Feedback.objects.filter(pk=number, person__ref=ref, answered_at__isnull=False, read_at=None)
            return f"feedback-{number}-" if rows.update(read_at=at) else ""
        case "wish" if state in Suggestion.State.values:
            wish = SuggestionFollower.objects.filter(pk=number, person__ref=ref).exclude(read=state)
            suggestion = wish.values_list("suggestion", flat=True).first()
            return f"suggestion-{suggestion}-{number}-{state}-" if wish.update(read=state) else ""
        case _:
            return ""


def _question(line: TicketMessage) -> str:
    asked = TicketMessage.objects.filter(ticket_id=line.ticket_id, by_staff=False, pk__lt=line.pk).last()
    return asked.words[:80] if asked else ""
