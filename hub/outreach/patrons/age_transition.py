"""Nightly job: end child status by year of birth. No message is sent."""

from datetime import datetime

from hub.core.retrying_transaction import atomic
from hub.outreach.patrons import family_cards, record_updates
from hub.outreach.patrons.models import Change, Person, ProfileField, Source
from hub.outreach.patrons.record_updates import RecordSource
from lending.registration import is_child


def nightly(now: datetime) -> int:
    """End the child status of every grown-up; return how many.

    Without a year of birth, staff end it by hand.
    """
    birth_years = ProfileField.objects.filter(name=ProfileField.Name.BIRTH_YEAR, person__child=True).order_by("pk")
    grown = [each for each in birth_years if _is_grown(each, now)]
    return sum(_let_go(each, now) for each in grown)


def _is_grown(born: ProfileField, now: datetime) -> bool:
    year: str = born.value.decrypt()
    return year.isdecimal() and not is_child(year, now.year)


@atomic
def _let_go(born: ProfileField, now: datetime) -> bool:
    """Send messages to the patron from now on, and delete the parent or guardian and who else sees the loans."""
    person = Person.objects.select_for_update(of=("self",)).filter(pk=born.person_id, child=True).first()
    if person is None:
        return False
    by = RecordSource(Source(born.source), at=now)
    person.child, person.guardian = False, None
    person.save(update_fields=("child", "guardian"))
    for card in person.family_readers.all():
        family_cards.remove(person, card.pk, by)
    record_updates.store_field(person, ProfileField.Name.GUARDIAN, "", by)
    record_updates.note(person, "guardian", Change.Act.REMOVED, by)
    return True
