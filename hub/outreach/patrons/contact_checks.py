"""Find contacts and profile fields that are no longer reliable, and apply the patron's answers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from hub.core.retrying_transaction import atomic
from hub.outreach.patrons.channels import mask_address
from hub.outreach.patrons.contacts import TRUSTED
from hub.outreach.patrons.models import Contact, Person, ProfileField, ProfileSettings
from hub.outreach.patrons.record_updates import RecordSource, confirm, mark_verified, remove, store_field

MONTH = timedelta(days=365.25 / 12)
LEFT_ALONE = timedelta(days=30)
"""Time for which a patron who postponed the answer is not asked again."""
AGES = (ProfileField.Name.OCCUPATION, ProfileField.Name.INSTITUTION, ProfileField.Name.ADDRESS)
"""Fields that can change within months.

A year of birth does not, and staff settle the guardian at the desk.
"""


class CheckReason(StrEnum):
    """Reason why a field needs a check."""

    BOUNCED = "bounced"
    STALE = "stale"


class Answer(StrEnum):
    """Patron's answer to the question whether a field is still right."""

    RIGHT = "right"
    WRONG = "wrong"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Check:
    """Question at the patron's next visit. `about` is the id of a contact or the name of a profile field."""

    about: str
    field: str
    shown: str
    why: CheckReason


@dataclass(frozen=True, slots=True)
class Freshness:
    """Number of fields in use, and how many of them were verified within the library's time limit."""

    fields: int
    fresh: int
    bounced: int

    @property
    def rate(self) -> float | None:
        """Share of fresh fields, 0 to 1; None without any field."""
        return self.fresh / self.fields if self.fields else None


def due(ref: str, now: datetime) -> Check | None:
    """Return the question for the patron's visit, or None.

    A child is not asked: the fields are the guardian's.
    """
    asked = Q(asked_at=None) | Q(asked_at__lt=now - LEFT_ALONE)
    found = to_check(now).filter(asked, person__ref=ref, person__child=False).first()
    if found is not None:
        return Check(str(found.pk), found.channel, masked_address(found), check_reason(found))
    fact = facts_to_check(now).filter(person__ref=ref, person__child=False).first()
    return None if fact is None else Check(fact.name, fact.name, masked_fact(fact), CheckReason.STALE)


@atomic
def answer(ref: str, about: str, said: str, by: RecordSource) -> bool:
    """Apply the patron's answer; return False if the contact or field is no longer theirs."""
    if about in ProfileField.Name.values:
        return _of_fact(ref, about, said, by)
    if not about.isdecimal() or len(about) > 18:
        return False
    found = Contact.objects.select_for_update(of=("self",)).filter(pk=int(about), person__ref=ref, replaced_at=None)
    contact = found.select_related("person").first()
    if contact is None:
        return False
    match Answer(said):
        case Answer.RIGHT:
            confirm(contact, by)
        case Answer.WRONG:
            remove(contact, by)
        case Answer.LATER:
            contact.asked_at = by.now
            contact.save(update_fields=("asked_at",))
    return True


def _of_fact(ref: str, name: str, response: str, by: RecordSource) -> bool:
    """Apply an answer about a profile field. hub.outreach.post_visit handles postponed questions."""
    fact = ProfileField.objects.select_related("person").filter(name=name, person__ref=ref, person__child=False).first()
    if fact is None:
        return False
    match Answer(response):
        case Answer.RIGHT:
            mark_verified(fact, by)
        case Answer.WRONG:
            store_field(fact.person, name, "", by)
        case Answer.LATER:
            pass
    return True


def to_check(now: datetime) -> "QuerySet[Contact]":
    """Return every contact in use that bounced or was not verified for long; bounced ones first."""
    known = _usable_contacts().select_related("person")
    return known.filter(Q(bounced_at__isnull=False) | _stale(now)).order_by(
        F("bounced_at").asc(nulls_last=True), F("verified_at").asc(nulls_first=True), "pk"
    )


def facts_to_check(now: datetime) -> "QuerySet[ProfileField]":
    """Return every other field that was not verified for long, the oldest first."""
    rows = ProfileField.objects.filter(_stale(now), name__in=AGES).select_related("person")
    return rows.order_by(F("verified_at").asc(nulls_first=True), "pk")


def _usable_contacts() -> "QuerySet[Contact]":
    proved = Q(bound_at__isnull=False) | Q(source__in=TRUSTED)
    return Contact.objects.filter(proved, replaced_at=None)


def _stale(now: datetime) -> Q:
    before = now - ProfileSettings.now().stale_months * MONTH
    return Q(verified_at__lt=before) | Q(verified_at=None, told_at__lt=before)


def check_reason(contact: Contact) -> CheckReason:
    """Return why the contact needs a check."""
    return CheckReason.BOUNCED if contact.bounced_at else CheckReason.STALE


def masked_address(contact: Contact) -> str:
    """Return the masked address."""
    return mask_address(contact.channel, contact.address.decrypt())


def masked_fact(fact: ProfileField) -> str:
    """Return enough of the value for the patron to recognise it, but not for a bystander."""
    return f"{fact.value.decrypt()[:1]}•••"


def freshness(now: datetime) -> Freshness:
    """Return the figure for the dashboard."""
    used = _usable_contacts()
    bounced = used.filter(bounced_at__isnull=False).count()
    every = used.count() + ProfileField.objects.filter(name__in=AGES).count()
    old = used.filter(_stale(now), bounced_at=None).count() + facts_to_check(now).count()
    return Freshness(every, every - bounced - old, bounced)


def without_contact() -> "QuerySet[Person]":
    """Return the patrons without a usable address, their own or, for a child, the guardian's."""
    usable = _usable_contacts().filter(bounced_at=None)
    own, guardians = usable.filter(person=OuterRef("pk")), usable.filter(person=OuterRef("guardian"))
    return Person.objects.exclude(Exists(own)).exclude(Q(child=True) & Exists(guardians)).order_by("pk")
