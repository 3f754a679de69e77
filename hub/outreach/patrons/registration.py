"""Register patrons: store facts with their source and consents with their text version.

A patron who registers at a kiosk or in the portal stays provisional until staff confirm their
identity; staff are shown records that may belong to the same person.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from hub.core.retrying_transaction import atomic
from hub.outreach.library_system.central import the_central
from hub.outreach.patrons import consents, records
from hub.outreach.patrons.channels import BadAddress, normalise_address
from hub.outreach.patrons.models import Contact, Person, ProfileField, Source
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.patrons.records import RecordSource, person_of
from lending.registration import is_child, year_fault


@dataclass(frozen=True, slots=True)
class FilledForm:
    """Registration form. `guardian` is the `ref` of the guardian's record."""

    name: str
    category: str
    language: str = ""
    contacts: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    consents: frozenset[str] = frozenset()
    guardian: str = ""
    key: UUID | None = None
    """Id of the form, so that one submitted twice registers once."""
    text_versions: Mapping[str, str] = field(default_factory=dict)
    """Version of the consent text that was shown, by purpose; the current one if missing."""
    number: str = ""
    """Number that the patron was already given."""


def form_key(text: str) -> UUID | None:
    """Return the id of a form as it was sent; None if it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


class Faulty(ValueError):
    """Invalid form; nothing was written. `faults` has a translated message per field."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(faults.values()))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class RegistrationResult:
    """New record, and the number by which staff find the patron at the desk."""

    person: Person
    identifier: str
    new: bool = True
    """False if the same form was submitted before."""


@atomic
def register(form: FilledForm, by: RecordSource) -> RegistrationResult:
    """Create the patron and their record.

    Staff have the person in front of them, so the patron may borrow at once. Otherwise the patron is provisional
    until `confirm_identity`.

    Raises:
        Faulty: The form is invalid.
    """
    before = Person.objects.filter(form=form.key).first() if form.key else None
    if before is not None:
        return RegistrationResult(before, the_central().standing([before.ref])[before.ref].identifier, new=False)
    _judge(form, by)
    signs = by.name or by.source
    made = the_central().register(form.name.strip(), form.category, form.language, signs, form.number)
    person, _new = Person.objects.get_or_create(ref=made.ref, defaults={"since": by.now})
    person.language, person.child = form.language, _is_child(form, by)
    person.guardian = person_of(form.guardian) if form.guardian else None
    person.provisional, person.form = by.source != Source.STAFF, form.key
    person.save()
    checked = by.now if by.source == Source.STAFF else None
    for channel, text in form.contacts.items():
        if text.strip():
            records.store_contact(person, channel, text, by, verified_at=checked)
    for name, value in form.facts.items():
        records.store_field(person, name, value, by, verified_at=checked)
    for purpose in form.consents:
        version = form.text_versions.get(purpose) or consents.text(purpose).version
        consents.give(person, Purpose(purpose), by.signature, version, by.now)
    if not person.provisional:
        the_central().confirm(person.ref, by.name)
    return RegistrationResult(person, made.identifier)


@atomic
def confirm_identity(person: Person, by: RecordSource, card: str = "") -> bool:
    """Confirm the patron's identity, so that they may borrow; return False if `card` is invalid or taken.

    A patron confirmed before is left unchanged, so that this does not lift a block.

    Raises:
        Faulty: A child has no guardian yet.
    """
    if not person.provisional:
        return True
    if person.child and person.guardian is None:
        raise Faulty({"guardian": _("A child needs a guardian: first scan the guardian's card, under Guardian.")})
    if card and not the_central().give_card(person.ref, card, by.name):
        return False
    the_central().confirm(person.ref, by.name)
    person.provisional = False
    person.save(update_fields=("provisional",))
    for contact in person.contacts.filter(replaced_at=None, verified_at=None).exclude(bound_at=None):
        records.confirm_contact(contact, by)
    for fact in person.facts.filter(verified_at=None):
        records.confirm_field(fact, by)
    return True


def _judge(form: FilledForm, by: RecordSource) -> None:
    faults: dict[str, str] = {}
    if not form.name.strip() or len(form.name) > 200 or not form.name.isprintable():
        faults["name"] = _("Enter the name as on the ID card, with at most 200 characters.")
    if form.category not in dict(the_central().categories()):
        faults["category"] = _("Choose a patron category.")
    for channel, text in form.contacts.items():
        try:
            if text.strip():
                normalise_address(channel, text)
        except BadAddress as bad:
            faults[channel] = str(bad)
    faults |= _of_age(form, by)
    if strange := sorted(form.consents - set(Purpose.values)):
        faults["consents"] = _("Unknown purpose {name}.").format(name=", ".join(strange))
    if faults:
        raise Faulty(faults)


def wrong_year(year: str, now: int) -> str:
    """Return what is wrong with a year of birth, translated; empty if it is valid or empty."""
    if year and year_fault(year, now):
        return _("Enter the year of birth with 4 digits, such as 1990.")
    return ""


def _of_age(form: FilledForm, by: RecordSource) -> dict[str, str]:
    if fault := wrong_year(form.facts.get(ProfileField.Name.BIRTH_YEAR, "").strip(), by.now.year):
        return {"birth_year": fault}
    if not _is_child(form, by):
        return {}
    if by.source == Source.KIOSK and form.facts.get(ProfileField.Name.GUARDIAN, "").strip():
        return {}
    if by.source != Source.STAFF:
        return {"birth_year": _("Register children at the desk, with a parent or guardian.")}
    guardian = person_of(form.guardian)
    if guardian and not guardian.child:
        return {}
    return {"guardian": _("A child needs a guardian with a library card: scan that card.")}


def _is_child(form: FilledForm, by: RecordSource) -> bool:
    born = form.facts.get(ProfileField.Name.BIRTH_YEAR, "").strip()
    return is_child(born, by.now.year, the_central().guardian_age())


@dataclass(frozen=True, slots=True)
class Alike:
    """Possible duplicate, and in words what both records share."""

    person: Person
    shared: str


def possible_duplicates(person: Person) -> list[Alike]:
    """Return records with the same address, then those with the same name and no different year of birth."""
    found = {each.pk: Alike(each, _("same address")) for each in _with_address(person)}
    year = _year(person)
    same = Person.objects.filter(ref__in=the_central().alike(person.ref)).order_by("pk")
    for each in same.prefetch_related("facts"):
        other = _year(each)
        if not (year and other and year != other):
            shared = _("same name and year of birth") if year and other else _("same name")
            found.setdefault(each.pk, Alike(each, shared))
    return list(found.values())


def _with_address(person: Person) -> list[Person]:
    own = Contact.objects.filter(person=person).values_list("channel", "hash")
    if not own:
        return []
    any_of_them = Q()
    for channel, mark in own:
        any_of_them |= Q(contacts__channel=channel, contacts__hash=mark)
    return list(Person.objects.filter(any_of_them).exclude(pk=person.pk).distinct().order_by("pk"))


def _year(person: Person) -> str:
    known = next((each for each in person.facts.all() if each.name == ProfileField.Name.BIRTH_YEAR), None)
    return known.value.decrypt() if known else ""
