"""Nobody stays a child for ever: the night ends it by the year of birth that was told; writes to nobody."""

from datetime import datetime

from kiosk.domain.registering import is_child
from kiosk.hub.atomic import atomic
from kiosk.hub.outreach.people import telling
from kiosk.hub.outreach.people.models import Change, Fact, Person, Source
from kiosk.hub.outreach.people.telling import By


def nightly(now: datetime) -> int:
    """Tells how many are no children any more. Whose year nobody told stays one until staff say otherwise."""
    told = Fact.objects.filter(name=Fact.Name.BIRTH_YEAR, person__child=True).order_by("pk")
    grown = [each for each in told if _is_grown(each, now)]
    return sum(_let_go(each, now) for each in grown)


def _is_grown(born: Fact, now: datetime) -> bool:
    year: str = born.value.opened()
    return year.isdecimal() and not is_child(year, now.year)


@atomic
def _let_go(born: Fact, now: datetime) -> bool:
    """What is for her is hers from now on, and what was told of her guardian goes."""
    person = Person.objects.select_for_update(of=("self",)).filter(pk=born.person_id, child=True).first()
    if person is None:
        return False
    by = By(Source(born.source), at=now)
    person.child, person.guardian = False, None
    person.save(update_fields=("child", "guardian"))
    telling.state(person, Fact.Name.GUARDIAN, "", by)
    telling.note(person, "guardian", Change.Act.REMOVED, by)
    return True
