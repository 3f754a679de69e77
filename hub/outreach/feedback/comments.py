"""Faces and opinions: taking them in, dealing with them, and saying what came of them; a face has no person."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from hub.catalogue.models import Branch
from hub.core.retrying_transaction import atomic
from hub.outreach.delivery.enqueue import say
from hub.outreach.delivery.message_kinds import MessageKind
from hub.outreach.feedback.deduplication import SubmissionRejected, day_of, first_time, open_days_later, said
from hub.outreach.feedback.models import Feedback, Published, SmileyRating
from hub.outreach.feedback.models.feedback import FACES
from hub.outreach.profiles.models import Person

ANSWER_WITHIN = 3
"""Open days of the branch."""
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
    """Takes in a face, words or both; False when the transaction was taken in before. Raises NotTaken.

    The face is counted for its day and branch and linked to nobody; words are linked to `person` where she is given.
    """
    if face is not None and face not in FACES:
        raise SubmissionRejected(
            _("There is no face {face}: it is 1 (very unhappy) to 5 (very happy).").format(face=face)
        )
    if face is None or words.strip():
        words = said(words)
    if not first_time(transaction):
        return False
    if face is not None:
        SmileyRating.objects.create(face=face, branch=branch, on=day_of(at))
    if words.strip():
        due = open_days_later(at, ANSWER_WITHIN, branch)
        Feedback.objects.create(person=person, face=face, words=words, branch=branch, kiosk=kiosk, came_at=at, due=due)
    return True


@atomic
def own(feedback: Feedback, staff: User | None) -> User | None:
    """Gives it to somebody, or back to whoever takes it; tells whose it was."""
    feedback = _held(feedback)
    before: User | None = feedback.owner
    feedback.owner = staff
    if feedback.state in Feedback.OPEN:
        feedback.state = State.OWNED if staff else State.NEW
    feedback.save(update_fields=("owner", "state"))
    return before


@atomic
def answer(feedback: Feedback, staff: User, words: str, at: datetime, transaction: str) -> bool:
    """Writes down what came of it and tells her, where it is known who she is; tells whether it is.

    A transaction that was taken in before changes nothing. Raises NotTaken.
    """
    words = said(words)
    if not first_time(transaction):
        return feedback.person_id is not None
    feedback = _held(feedback)
    feedback.answer, feedback.answered_at, feedback.read_at = words, at, None
    feedback.owner = feedback.owner or staff
    if feedback.state != State.PUBLISHED:
        feedback.state = State.ANSWERED
    feedback.save(update_fields=("answer", "answered_at", "read_at", "owner", "state"))
    if feedback.person is None:
        return False
    facts = {"question": feedback.words[:200], "answer": words}
    say(feedback.person, MessageKind.ANSWER, f"feedback-{feedback.pk}-{transaction}", facts, at=at)
    return True


@atomic
def publish(feedback: Feedback, said_words: str, did: str, said_en: str, did_en: str, at: datetime) -> Published:
    """Publishes "you said, we did" in the library's own words; anew where it was published before. Raises NotTaken."""
    texts = {"said": said(said_words, SHORT), "did": said(did, SHORT), "said_en": said_en, "did_en": did_en}
    texts |= {name: said(text, SHORT) for name, text in texts.items() if text.strip()}
    feedback = _held(feedback)
    shown, _made = Published.objects.update_or_create(
        feedback=feedback, defaults={**texts, "branch": feedback.branch, "on": day_of(at)}
    )
    feedback.state = State.PUBLISHED
    feedback.save(update_fields=("state",))
    found: Published = shown
    return found


@atomic
def withdraw(feedback: Feedback) -> None:
    """Takes back what was published."""
    feedback = _held(feedback)
    Published.objects.filter(feedback=feedback).delete()
    feedback.state = State.ANSWERED if feedback.answer else State.OWNED if feedback.owner else State.NEW
    feedback.save(update_fields=("state",))


@atomic
def set_aside(feedback: Feedback) -> None:
    """Ends it without an answer: nothing can come of it."""
    feedback = _held(feedback)
    feedback.state = State.ASIDE
    feedback.save(update_fields=("state",))


@atomic
def take_up(feedback: Feedback) -> None:
    """Takes up again what was set aside."""
    feedback = _held(feedback)
    feedback.state = State.ANSWERED if feedback.answer else State.OWNED if feedback.owner else State.NEW
    feedback.save(update_fields=("state",))


def published(limit: int = 10, branch: Branch | None = None) -> "list[Published]":
    """The newest of "you said, we did", for posters and phones; of every branch, or of one."""
    found = Published.objects.all()
    return list((found.filter(branch=branch) if branch else found)[:limit])


def shown(show: str, staff: User, now: datetime) -> "QuerySet[Feedback]":
    """Those that are to be dealt with, mine, overdue, answered, published or set aside."""
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


def _held(feedback: Feedback) -> Feedback:
    found: Feedback = Feedback.objects.select_for_update(of=("self",)).get(pk=feedback.pk)
    return found
