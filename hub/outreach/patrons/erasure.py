"""Erase a person from the hub; what open loans and fees require is kept until they are settled."""

from datetime import datetime, timedelta

from django.db.models import Q

from hub.core.clock import hub_clock
from hub.core.retrying_transaction import atomic
from hub.outreach.library_system.central import the_central
from hub.outreach.patrons import verification_codes
from hub.outreach.patrons.models import Change, Contact, Person
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.patrons.records import RecordSource, note
from hub.outreach.patrons.services import outbox

WAIT = timedelta(hours=72)
"""Time between a patron's request and the erasure, in which the owner of the address can object."""
WHAT = "erase"
"""Name of the erasure in the change log of a record."""


@atomic
def erase(ref: str, now: datetime) -> tuple[str, ...]:
    """Erase a person in one transaction.

    While loans or fees are open, only name, cards and addresses stay, because the library must be able to claim its
    items. `go_on` erases them once all is settled.

    Returns:
        Why data remains: `open_loans`, `fees`; empty if nothing remains.
    """
    stays = tuple(the_central().forget(ref))
    person = Person.objects.select_for_update(of=("self",)).filter(ref=ref).first()
    if not stays:
        if person is not None:
            person.delete()
        return ()
    if person is None or person.erase_asked_at is None:
        _strip(person or Person(ref=ref, since=now), now)
    return stays


@atomic
def ask(person: Person, by: RecordSource) -> None:
    """Start the waiting time of an erasure; a message to the proved address says how to cancel it."""
    if person.erase_due_at is not None or person.erase_asked_at is not None:
        return
    person.erase_due_at = hub_clock().now() + WAIT
    person.save(update_fields=("erase_due_at",))
    facts: dict[str, str | int] = {"until": person.erase_due_at.isoformat()}
    proved = next(iter(verification_codes.verified_contacts(person)), None)
    if proved is not None:
        facts["contact"] = proved.pk
    outbox().queue_message(person, MessageKind.ERASURE, _key(person), facts)
    note(person, WHAT, Change.Act.ADDED, by)


@atomic
def call_off(person: Person, by: RecordSource) -> bool:
    """Cancel a pending erasure; return False if there is none."""
    waiting = Person.objects.select_for_update(of=("self",)).exclude(erase_due_at=None)
    person.erase_due_at = waiting.filter(pk=person.pk).values_list("erase_due_at", flat=True).first()
    if person.erase_due_at is None:
        return False
    outbox().withdraw_message(MessageKind.ERASURE, _key(person))
    person.erase_due_at = None
    person.save(update_fields=("erase_due_at",))
    note(person, WHAT, Change.Act.REMOVED, by)
    return True


def _key(person: Person) -> str:
    return f"{person.pk} {person.erase_due_at:%Y%m%dT%H%M%S}"


def _strip(person: Person, now: datetime) -> None:
    """Delete the person with all dependent rows, and restore what is needed to reach them."""
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
    """Erase patrons past the waiting time without open loans or fees; return their number."""
    asked = Person.objects.filter(_ready(now)).values_list("ref", flat=True)
    return sum(_erase_if_ready(ref, now) for ref in list(asked))


@atomic
def _erase_if_ready(ref: str, now: datetime) -> bool:
    """Erase a person unless it was cancelled since the list was read; return whether nothing remains."""
    person = Person.objects.select_for_update(of=("self",)).filter(_ready(now), ref=ref).first()
    return person is not None and not erase(ref, now)


def _ready(now: datetime) -> Q:
    return Q(erase_asked_at__isnull=False) | Q(erase_due_at__lte=now)
