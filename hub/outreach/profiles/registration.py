"""Takes in a new patron: each thing she tells with its source, each consent with its words; whoever tells it herself
stays provisional until staff have seen her."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.utils.translation import gettext as _

from hub.core.retrying_transaction import atomic
from hub.outreach.library_system_registry import the_central
from hub.outreach.profiles import consents, record_updates
from hub.outreach.profiles.channels import BadAddress, tidied
from hub.outreach.profiles.feed_consumer import person_of
from hub.outreach.profiles.models import Person, ProfileField, Source
from hub.outreach.profiles.purposes import Purpose
from hub.outreach.profiles.record_updates import RecordSource
from lending.registration import is_child, year_fault


@dataclass(frozen=True, slots=True)
class Form:
    """What was written down. `guardian` is the reference of the guardian's own record."""

    name: str
    category: str
    language: str = "zh"
    contacts: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    consents: frozenset[str] = frozenset()
    guardian: str = ""
    key: UUID | None = None
    """The form's own, so that one which is sent twice registers once."""
    shown: Mapping[str, str] = field(default_factory=dict)
    """The version of the words that stood before her, by purpose; where it is not told, those of now."""
    number: str = ""
    """The one that she was told already."""


class Faulty(ValueError):
    """The form cannot be taken. `faults` has the words for each field at fault; nothing was written."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(faults.values()))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Taken:
    """The new record and the number by which the desk finds her."""

    person: Person
    identifier: str
    new: bool = True
    """False if the same form had come before."""


@atomic
def register(form: Form, by: RecordSource) -> Taken:
    """Makes the patron and her record. Raises Faulty.

    Staff have the person before them, so she may borrow at once. Otherwise her cards open nothing until `seen`.
    """
    before = Person.objects.filter(form=form.key).first() if form.key else None
    if before is not None:
        return Taken(before, the_central().standing([before.ref])[before.ref].identifier, new=False)
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
            record_updates.tell(person, channel, text, by, verified_at=checked)
    for name, value in form.facts.items():
        record_updates.state(person, name, value, by, verified_at=checked)
    for purpose in form.consents:
        version = form.shown.get(purpose) or consents.text(purpose).version
        consents.give(person, Purpose(purpose), signed(by), version, by.now)
    if not person.provisional:
        the_central().confirm(person.ref, by.name)
    return Taken(person, made.identifier)


def signed(by: RecordSource) -> str:
    """As consents name who noted them: `staff grace`, `kiosk front`, `phone`."""
    return f"{by.source} {by.name}".strip()


@atomic
def seen(person: Person, by: RecordSource, card: str = "") -> bool:
    """Staff have seen her and her paper: she may borrow. False where the card that was held to it is taken or none.

    Whoever was seen before stays as she is: a blocked patron is not let in by this door. Raises Faulty where a child
    has no guardian yet.
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
        record_updates.confirm(contact, by)
    for fact in person.facts.filter(verified_at=None):
        record_updates.vouch(fact, by)
    return True


def _judge(form: Form, by: RecordSource) -> None:
    faults: dict[str, str] = {}
    if not form.name.strip() or len(form.name) > 200 or not form.name.isprintable():
        faults["name"] = _("Write the name as it stands on the identity card, 200 characters at most.")
    if form.category not in dict(the_central().categories()):
        faults["category"] = _("Choose one of the library's groups.")
    for channel, text in form.contacts.items():
        try:
            if text.strip():
                tidied(channel, text)
        except BadAddress as bad:
            faults[channel] = str(bad)
    faults |= _of_age(form, by)
    if strange := sorted(form.consents - set(Purpose.values)):
        faults["consents"] = _("There is no purpose {name}.").format(name=", ".join(strange))
    if faults:
        raise Faulty(faults)


def wrong_year(year: str, now: int) -> str:
    """What is wrong with a year of birth, in words; nothing where it is right or empty."""
    if year and year_fault(year, now):
        return _("Write the year of birth with four digits, such as 1990.")
    return ""


def _of_age(form: Form, by: RecordSource) -> dict[str, str]:
    if fault := wrong_year(form.facts.get(ProfileField.Name.BIRTH_YEAR, "").strip(), by.now.year):
        return {"birth_year": fault}
    if not _is_child(form, by):
        return {}
    if by.source == Source.KIOSK and form.facts.get(ProfileField.Name.GUARDIAN, "").strip():
        return {}
    if by.source != Source.STAFF:
        return {"birth_year": _("A child is registered at the desk, together with a guardian.")}
    guardian = person_of(form.guardian)
    if guardian and not guardian.child:
        return {}
    return {"guardian": _("A child needs a guardian who has a card of her own: scan that card.")}


def _is_child(form: Form, by: RecordSource) -> bool:
    return is_child(form.facts.get(ProfileField.Name.BIRTH_YEAR, "").strip(), by.now.year)
