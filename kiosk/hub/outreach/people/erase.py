"""Takes a person out of the hub; what open loans and fees keep is told, and goes by itself when they are settled."""

from dataclasses import dataclass
from datetime import datetime

from kiosk.hub.atomic import atomic
from kiosk.hub.outreach.asking import the_central
from kiosk.hub.outreach.people.models import Contact, Person


@dataclass(frozen=True, slots=True)
class Erased:
    """`stays` has the reasons, as codes: `open_loans`, `fees`; none where nothing is left."""

    stays: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        return not self.stays


@atomic
def erase(ref: str, now: datetime) -> Erased:
    """Forgets her, at once and in one transaction.

    Where loans or fees are open, her name, cards and addresses stay until they are settled, and nothing else: without
    them the library could not ask for its books. `go_on` does the rest then.
    """
    stays = tuple(the_central().forget(ref))
    person = Person.objects.select_for_update(of=("self",)).filter(ref=ref).first()
    if not stays:
        if person is not None:
            person.delete()
        return Erased()
    if person is None or person.erase_asked_at is None:
        _strip(person or Person(ref=ref, since=now), now)
    return Erased(stays)


def _strip(person: Person, now: datetime) -> None:
    """Deletes her with all that hangs on her, and puts back what is needed to reach her."""
    contacts = list(Contact.objects.filter(person=person.pk, replaced_at=None)) if person.pk else []
    wards = list(Person.objects.filter(guardian=person.pk)) if person.pk else []
    if person.pk:
        person.delete()
    bare = Person.objects.create(
        ref=person.ref,
        language=person.language,
        since=person.since,
        child=person.child,
        guardian=person.guardian,
        erase_asked_at=now,
    )
    for each in contacts:
        each.pk, each.person = None, bare
        each.save(force_insert=True)
    for ward in wards:
        ward.guardian = bare
        ward.save(update_fields=("guardian",))


def go_on(now: datetime) -> int:
    """Erases whoever asked for it and has nothing open any more; tells how many."""
    asked = Person.objects.exclude(erase_asked_at=None).values_list("ref", flat=True)
    return sum(erase(ref, now).done for ref in list(asked))
