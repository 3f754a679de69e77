"""What she says to what is recommended: like, not for me, less, stop; each changes what comes next, and how often."""

from hub.core.clock import hub_clock
from hub.core.retrying_transaction import atomic
from hub.outreach.profiles import consents
from hub.outreach.profiles.models import Person
from hub.outreach.profiles.purposes import Purpose
from hub.outreach.reading_profiles import interests, recommendation_picker
from hub.outreach.reading_profiles.history import held
from hub.outreach.reading_profiles.models import Opinion, ReadingPreferences

OFTENEST, SELDOMEST, STEP = 7, 112, 2


@atomic
def like(person: Person, title: int) -> None:
    """More of this: what is like it comes first, and two days sooner."""
    _say(person, title, Opinion.Says.LIKE, -STEP)


@atomic
def not_for_me(person: Person, title: int) -> None:
    """It does not come again, what is like it comes later, and all of it two days less often."""
    _say(person, title, Opinion.Says.NOT, STEP)


def _say(person: Person, title: int, says: Opinion.Says, step: int) -> None:
    if not recommendation_picker.allowed(person):
        return
    hers, before = held(person), Opinion.objects.filter(person=person, title=title).first()
    if before is not None and before.says == says:
        return
    now = hub_clock().now()
    Opinion.objects.update_or_create(person=person, title=title, defaults={"says": says, "at": now})
    _every(hers, hers.days + step)
    _anew(person)


@atomic
def unsay(person: Person, title: int) -> None:
    """Takes back what she said of a title, and the days with it."""
    hers, before = held(person), Opinion.objects.filter(person=person, title=title).first()
    if before is not None:
        before.delete()
        _every(hers, hers.days + (STEP if before.says == Opinion.Says.LIKE else -STEP))
        _anew(person)


@atomic
def less(person: Person) -> int:
    """Half as often from now on; tells every how many days that is."""
    hers = held(person)
    return _every(hers, 2 * hers.days)


@atomic
def more(person: Person) -> int:
    """Twice as often from now on; tells every how many days that is."""
    hers = held(person)
    return _every(hers, hers.days // 2)


@atomic
def useful(person: Person) -> int:
    """What was recommended was of use: two days sooner; tells every how many days that is."""
    hers = held(person)
    return _every(hers, hers.days - STEP)


def stop(person: Person, by: str) -> None:
    """No more recommendations: her consent goes, and what stood on it goes at once."""
    consents.withdraw(person, Purpose.RECOMMENDATIONS, by, hub_clock().now())


def _every(hers: ReadingPreferences, days: int) -> int:
    hers.days = min(max(days, OFTENEST), SELDOMEST)
    hers.save(update_fields=("days",))
    return int(hers.days)


def _anew(person: Person) -> None:
    now = hub_clock().now()
    interests.infer([person.pk], now)
    recommendation_picker.again(person, now)
