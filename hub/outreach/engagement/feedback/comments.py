"""Accept smiley ratings and written feedback, answer and publish it."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from hub.catalogue.models import Branch
from hub.core.retrying_transaction import atomic
from hub.outreach.engagement.feedback.deduplication import (
    SubmissionRejected,
    clean_text,
    day_of,
    first_time,
    open_days_later,
)
from hub.outreach.engagement.feedback.models import FACES, Feedback, Published, SmileyRating
from hub.outreach.messaging.enqueue import queue_message
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind

ANSWER_WITHIN = 3
"""Days until feedback is due for an answer, counted in open days of the branch."""
SHORT = 300
State = Feedback.State


@atomic
def take(
    transaction: str,
    at: datetime,
    branch: Branch,
    *,
    face: int | None = None,
    words: str = "",
    person: Person | None = None,
    kiosk: str = "",
) -> bool:
    """Store a smiley rating, written feedback, or both; False if the transaction was stored before.

    The rating is counted for its day and branch without a person. Written feedback is linked to `person`, if given.

    Raises:
        SubmissionRejected: If the rating or the text is invalid.
    """
    if face is not None and face not in FACES:
        raise SubmissionRejected(
            _("Rating {face} is not valid. Use 1 (very unhappy) to 5 (very happy).").format(face=face)
        )
    if face is None or words.strip():
        words = clean_text(words)
    if not first_time(transaction):
        return False
    if face is not None:
        SmileyRating.objects.create(face=face, branch=branch, on=day_of(at))
    if words.strip():
        due = open_days_later(at, ANSWER_WITHIN, branch)
        Feedback.objects.create(person=person, face=face, words=words, branch=branch, kiosk=kiosk, came_at=at, due=due)
    return True


@atomic
def assign(feedback: Feedback, staff: User | None) -> User | None:
    """Assign it to a member of staff, or to no one; return the former owner."""
    feedback = _lock(feedback)
    before: User | None = feedback.owner
    feedback.owner = staff
    if feedback.state in Feedback.OPEN:
        feedback.state = State.OWNED if staff else State.NEW
    feedback.save(update_fields=("owner", "state"))
    return before


@atomic
def answer(feedback: Feedback, staff: User, words: str, at: datetime, transaction: str) -> bool:
    """Store the answer and send it to the patron if known; return whether the patron is known.

    A transaction that was stored before changes nothing.

    Raises:
        SubmissionRejected: If there is no text, or too much of it.
    """
    words = clean_text(words)
    if not first_time(transaction):
        return feedback.person_id is not None
    feedback = _lock(feedback)
    feedback.answer, feedback.answered_at, feedback.read_at = words, at, None
    feedback.owner = feedback.owner or staff
    if feedback.state != State.PUBLISHED:
        feedback.state = State.ANSWERED
    feedback.save(update_fields=("answer", "answered_at", "read_at", "owner", "state"))
    if feedback.person is None:
        return False
    facts = {"question": feedback.words[:200], "answer": words}
    queue_message(feedback.person, MessageKind.ANSWER, f"feedback-{feedback.pk}-{transaction}", facts, at=at)
    return True


@atomic
def publish(feedback: Feedback, said_words: str, did: str, said_en: str, did_en: str, at: datetime) -> Published:
    """Publish "you said, we did" in the library's own words; replace what was published before.

    Raises:
        SubmissionRejected: If a text is missing or too long.
    """
    texts = {"said": clean_text(said_words, SHORT), "did": clean_text(did, SHORT), "said_en": said_en, "did_en": did_en}
    texts |= {name: clean_text(text, SHORT) for name, text in texts.items() if text.strip()}
    feedback = _lock(feedback)
    shown, _made = Published.objects.update_or_create(
        feedback=feedback, defaults={**texts, "branch": feedback.branch, "on": day_of(at)}
    )
    feedback.state = State.PUBLISHED
    feedback.save(update_fields=("state",))
    return shown


@atomic
def withdraw(feedback: Feedback) -> None:
    """Withdraw what was published."""
    feedback = _lock(feedback)
    Published.objects.filter(feedback=feedback).delete()
    feedback.state = State.ANSWERED if feedback.answer else State.OWNED if feedback.owner else State.NEW
    feedback.save(update_fields=("state",))


@atomic
def set_aside(feedback: Feedback) -> None:
    """Close it without an answer because no action is possible."""
    feedback = _lock(feedback)
    feedback.state = State.ASIDE
    feedback.save(update_fields=("state",))


@atomic
def take_up(feedback: Feedback) -> None:
    """Reopen what was set aside."""
    feedback = _lock(feedback)
    feedback.state = State.ANSWERED if feedback.answer else State.OWNED if feedback.owner else State.NEW
    feedback.save(update_fields=("state",))


def published_answers(limit: int = 10) -> "list[Published]":
    """Return the newest "you said, we did" of every branch, for posters and phones."""
    return list(Published.objects.all()[:limit])


def list_feedback(show: str, staff: User, now: datetime) -> "QuerySet[Feedback]":
    """Return one tab of the list: open, assigned to `staff`, overdue, answered, published or set aside."""
    rows = Feedback.objects.select_related("person", "owner", "branch", "published")
    waiting = rows.filter(state__in=Feedback.OPEN).order_by("due", "pk")
    match show:
        case "mine":
            return waiting.filter(owner=staff)
        case "overdue":
            return waiting.filter(due__lt=now)
        case "answered" | "published" | "aside":
            return rows.filter(state=show).order_by("-pk")
        case _:
            return waiting


def _lock(feedback: Feedback) -> Feedback:
    return Feedback.objects.select_for_update(of=("self",)).get(pk=feedback.pk)
