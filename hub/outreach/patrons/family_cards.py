"""Let a patron see and renew the loans of another patron's card, until either ends it or a child grows up."""

from datetime import datetime
from enum import StrEnum

from django.db.models import Q

from hub.core.retrying_transaction import atomic
from hub.outreach.library_system.central import the_central
from hub.outreach.patrons import records
from hub.outreach.patrons.models import Change, FamilyCard, Person, ProfileField, Source
from hub.outreach.patrons.records import RecordSource, note
from lending.registration import is_child

MOST = 8
"""Cards that one patron can add."""
WHAT = "family"
"""Name of a family card in the change log of both records."""


class NotAdded(StrEnum):
    """Reason why a card was not added."""

    OWN = "own"
    KNOWN = "known"
    FULL = "full"


@atomic
def add(reader: Person, holder: Person, by: RecordSource) -> FamilyCard | NotAdded:
    """Let `reader` see the loans of `holder`, who has agreed by the card's PIN."""
    Person.objects.select_for_update(of=("self",)).get(pk=reader.pk)
    if reader == holder:
        return NotAdded.OWN
    present = reader.family.all()
    if present.filter(holder=holder).exists():
        return NotAdded.KNOWN
    if present.count() >= MOST:
        return NotAdded.FULL
    numbers = the_central().standing([reader.ref, holder.ref])
    ends = [numbers[each.ref].identifier[-4:] if each.ref in numbers else "" for each in (reader, holder)]
    added: FamilyCard = FamilyCard.objects.create(
        reader=reader, holder=holder, reader_last4=ends[0], holder_last4=ends[1], since=by.now
    )
    for each in (reader, holder):
        note(each, WHAT, Change.Act.ADDED, by)
    return added


@atomic
def remove(person: Person, card: int, by: RecordSource) -> bool:
    """End it at the wish of either of the two; return False if there is none of theirs with this id."""
    found = FamilyCard.objects.filter(Q(reader=person) | Q(holder=person), pk=card)
    row = found.select_related("reader", "holder").first()
    if row is None:
        return False
    row.delete()
    for each in (row.reader, row.holder):
        note(each, WHAT, Change.Act.REMOVED, by)
    return True


def nightly(now: datetime) -> int:
    """End the child status of every grown-up; return how many.

    Without a year of birth, and in a library that asks for no guardian, staff end it by hand.
    """
    guardian_age = the_central().guardian_age()
    if not guardian_age:
        return 0
    birth_years = ProfileField.objects.filter(name=ProfileField.Name.BIRTH_YEAR, person__child=True).order_by("pk")
    grown = [each for each in birth_years if _is_grown(each, now, guardian_age)]
    return sum(_let_go(each, now) for each in grown)


def _is_grown(born: ProfileField, now: datetime, guardian_age: int) -> bool:
    year: str = born.value.decrypt()
    return year.isdecimal() and not is_child(year, now.year, guardian_age)


@atomic
def _let_go(born: ProfileField, now: datetime) -> bool:
    """Send messages to the patron from now on, and delete the parent or guardian and who else sees the loans."""
    person = Person.objects.select_for_update(of=("self",)).filter(pk=born.person_id, child=True).first()
    if person is None:
        return False
    by = RecordSource(Source(born.source), time=now)
    person.child, person.guardian = False, None
    person.save(update_fields=("child", "guardian"))
    for card in person.family_readers.all():
        remove(person, card.pk, by)
    records.store_field(person, ProfileField.Name.GUARDIAN, "", by)
    note(person, "guardian", Change.Act.REMOVED, by)
    return True
