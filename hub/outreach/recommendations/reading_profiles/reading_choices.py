"""Apply a patron's choices: how many loans are kept, which titles they like, how often recommendations are sent."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from hub.catalogue.models import Item, Title
from hub.core.clock import hub_clock
from hub.core.retrying_transaction import atomic
from hub.outreach.library_system.events import Event
from hub.outreach.messaging.enqueue import unsay_all
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.patrons.records import person_of
from hub.outreach.recommendations.reading_profiles import interests, recommendation_picker
from hub.outreach.recommendations.reading_profiles.history import lock_preferences, trim
from hub.outreach.recommendations.reading_profiles.models import Opinion, ReadingPreferences
from lending.responses import HAPPY, SO_SO, UNHAPPY, WITHDRAW, ItemRating, RecommendationFeedback

MOST_KEPT = 200
"""Maximum that staff can enter; only the patron can choose to keep all."""
OFTENEST, SELDOMEST, STEP = 7, 112, 2
log = logging.getLogger(__name__)
LATER = "later"
NEITHER = (LATER, SO_SO)


@atomic
def limit_history(person: Person, loans: int | None) -> int:
    """Keep this many loans, or all if None; return how many were deleted.

    Inferences and recommendations from a deleted title are recomputed, and an unsent message that may name it is
    cancelled.
    """
    preferences = lock_preferences(person)
    preferences.keep = loans if loans is None else min(max(loans, 1), MOST_KEPT)
    preferences.save(update_fields=("keep",))
    count = trim(person, preferences.keep)
    if count:
        unsay_all(person, MessageKind.RECOMMENDATION)
        interests.recompute(person)
    return count


@atomic
def agree_to_history(person: Person, loans: int | None, by: str) -> int:
    """Record the consent to a history of this many loans; return how many were deleted.

    The version of the consent text shown is stored with it.
    """
    if not consents.has_consented(person, Purpose.HISTORY):
        consents.give(person, Purpose.HISTORY, by, consents.text(Purpose.HISTORY).version, hub_clock().now())
    return limit_history(person, loans)


@atomic
def end_history(person: Person, by: str) -> int:
    """Withdraw the consent and delete all that depends on it; return how many titles were deleted."""
    count = int(person.had.count())
    consents.withdraw(person, Purpose.HISTORY, by, hub_clock().now())
    return count


@atomic
def like(person: Person, title: int, at: datetime | None = None) -> None:
    """Store a like: rank similar titles higher, shorten the interval by `STEP` days.

    `at` is when the patron said so, now if None; a newer opinion of the title stays.
    """
    _say(person, title, Opinion.Says.LIKE, -STEP, at)


@atomic
def not_for_me(person: Person, title: int, at: datetime | None = None) -> None:
    """Store a dislike: drop the title, rank similar ones lower, lengthen the interval by `STEP` days; `at` as above."""
    _say(person, title, Opinion.Says.NOT, STEP, at)


def _say(person: Person, title: int, says: Opinion.Says, step: int, at: datetime | None) -> None:
    if not recommendation_picker.allowed(person):
        return
    at = at or hub_clock().now()
    preferences, before = lock_preferences(person), _opinion(person, title)
    if before is not None and before.at > at:
        return
    if before is not None and before.says == says:
        before.at = at
        before.save(update_fields=("at",))
        return
    neutral = preferences.days - (before.step if before is not None else 0)
    changed = _every(preferences, neutral + step) - neutral
    defaults = {"says": says, "at": at, "step": changed}
    Opinion.objects.update_or_create(person=person, title=title, defaults=defaults)
    _recompute(person)


@atomic
def unsay(person: Person, title: int, at: datetime | None = None) -> None:
    """Delete the opinion of a title and undo its change of the interval; one that is newer than `at` stays."""
    preferences, before = lock_preferences(person), _opinion(person, title)
    if before is not None and (at is None or before.at <= at):
        before.delete()
        _every(preferences, preferences.days - before.step)
        _recompute(person)


def _opinion(person: Person, title: int) -> Opinion | None:
    return Opinion.objects.filter(person=person, title=title).first()


@atomic
def less(person: Person) -> int:
    """Double the interval; return it in days."""
    preferences = lock_preferences(person)
    return _every(preferences, 2 * preferences.days)


@atomic
def more(person: Person) -> int:
    """Halve the interval; return it in days."""
    preferences = lock_preferences(person)
    return _every(preferences, preferences.days // 2)


@atomic
def useful(person: Person) -> int:
    """Shorten the interval by `STEP` days after a useful message; return it in days."""
    preferences = lock_preferences(person)
    return _every(preferences, preferences.days - STEP)


def stop(person: Person, by: str) -> None:
    """Withdraw the consent to recommendations, which deletes what depends on it at once."""
    consents.withdraw(person, Purpose.RECOMMENDATIONS, by, hub_clock().now())


def _every(preferences: ReadingPreferences, days: int) -> int:
    preferences.days = min(max(days, OFTENEST), SELDOMEST)
    preferences.save(update_fields=("days",))
    return int(preferences.days)


def _recompute(person: Person) -> None:
    now = hub_clock().now()
    interests.infer([person.pk], now)
    recommendation_picker.again(person, now)


SAYS: Mapping[str, Callable[[Person, int, datetime | None], None]] = {
    "like": like,
    "not": not_for_me,
    WITHDRAW: unsay,
    HAPPY: like,
    UNHAPPY: not_for_me,
}
"""By answer, for recommendations and for returned books: the function that stores or deletes the opinion."""


def take_from_kiosk(event: Event, response: RecommendationFeedback | ItemRating) -> None:
    """Store the opinion of the title that `about` identifies, or delete it. Skipped and neutral answers do neither.

    An opinion of a returned book is stored only if the book is in the patron's history.
    """
    if not event.patron or response.answer in NEITHER:
        return
    person = person_of(event.patron)
    title = _of_copy(response.about) if isinstance(response, ItemRating) else _title(response.about)
    if isinstance(response, ItemRating) and not (person and person.had.filter(title=title).exists()):
        return
    say = SAYS.get(response.answer)
    if person is None or title is None or say is None:
        log.warning("Feed event %d ignored: unknown patron, title or opinion", event.number)
        return
    say(person, title, event.at)


def _title(about: str) -> int | None:
    number = about.removeprefix("title-")
    if not number.isdecimal() or len(number) > 18:
        return None
    return int(number) if Title.objects.filter(pk=int(number)).exists() else None


def _of_copy(barcode: str) -> int | None:
    return Item.objects.filter(barcode=barcode).values_list("title", flat=True).first()
