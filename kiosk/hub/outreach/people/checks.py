"""Tells which contacts the library can no longer rely on, and the one thing to do about each; asks nobody itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from kiosk.hub.atomic import atomic
from kiosk.hub.outreach.people.channels import masked
from kiosk.hub.outreach.people.contacts import TRUSTED
from kiosk.hub.outreach.people.models import Contact, Person, Terms
from kiosk.hub.outreach.people.telling import By, confirm, remove

MONTH = timedelta(days=365.25 / 12)
LEFT_ALONE = timedelta(days=30)
"""How long nobody is asked again who did not want to answer."""


class Why(StrEnum):
    """Why a contact has to be looked after."""

    BOUNCED = "bounced"
    STALE = "stale"


class Answer(StrEnum):
    """What a patron says when she is asked whether an address is still right."""

    RIGHT = "right"
    WRONG = "wrong"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Check:
    """One question at her next visit: is this still right? `shown` is the masked address."""

    contact: int
    channel: str
    shown: str
    why: Why


@dataclass(frozen=True, slots=True)
class Freshness:
    """How many of the contacts in use were right within the time that the library has set."""

    contacts: int
    fresh: int
    bounced: int

    @property
    def rate(self) -> float | None:
        """None where there is no contact yet."""
        return self.fresh / self.contacts if self.contacts else None


def due(ref: str, now: datetime) -> Check | None:
    """The question for this patron's visit, if there is one; a guardian's address is not asked of the child."""
    asked = Q(asked_at=None) | Q(asked_at__lt=now - LEFT_ALONE)
    found = to_check(now).filter(asked, person__ref=ref, person__child=False).first()
    return None if found is None else Check(found.pk, found.channel, shown(found), why(found))


@atomic
def answer(ref: str, contact: int, said: str, by: By) -> bool:
    """Takes her answer; False where the contact is not hers any more."""
    found = Contact.objects.select_for_update(of=("self",)).filter(pk=contact, person__ref=ref, replaced_at=None)
    one = found.select_related("person").first()
    if one is None:
        return False
    match Answer(said):
        case Answer.RIGHT:
            confirm(one, by)
        case Answer.WRONG:
            remove(one, by)
        case Answer.LATER:
            one.asked_at = by.now
            one.save(update_fields=("asked_at",))
    return True


def to_check(now: datetime) -> "QuerySet[Contact]":
    """Every contact in use that came back or was not known to be right for long; those that came back first."""
    known = _used().select_related("person")
    return known.filter(Q(bounced_at__isnull=False) | _stale(now)).order_by(
        F("bounced_at").asc(nulls_last=True), F("verified_at").asc(nulls_first=True), "pk"
    )


def _used() -> "QuerySet[Contact]":
    proved = Q(bound_at__isnull=False) | Q(source__in=TRUSTED)
    return Contact.objects.filter(proved, replaced_at=None)


def _stale(now: datetime) -> Q:
    before = now - Terms.now().stale_months * MONTH
    return Q(verified_at__lt=before) | Q(verified_at=None, told_at__lt=before)


def why(contact: Contact) -> Why:
    return Why.BOUNCED if contact.bounced_at else Why.STALE


def shown(contact: Contact) -> str:
    """The masked address."""
    return masked(contact.channel, contact.address.opened())


def freshness(now: datetime) -> Freshness:
    """The figure for the dashboard."""
    used = _used()
    bounced = used.filter(bounced_at__isnull=False).count()
    every = used.count()
    return Freshness(every, every - bounced - used.filter(_stale(now), bounced_at=None).count(), bounced)


def without_contact() -> "QuerySet[Person]":
    """Patrons whom nothing reaches outside the library."""
    usable = _used().filter(bounced_at=None)
    own, guardians = usable.filter(person=OuterRef("pk")), usable.filter(person=OuterRef("guardian"))
    return Person.objects.exclude(Exists(own)).exclude(Q(child=True) & Exists(guardians)).order_by("pk")
