"""Record which purposes each contact field may serve. Loans need no consent and are not recorded."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from hub.outreach.patrons.channels import IN_HOUSE
from hub.outreach.patrons.models import Consent, Contact, FieldConsent, Person
from hub.outreach.patrons.purposes import MARKETING, Purpose

EMPTIED = "emptied"
"""Value of `by` when a field lost its purposes because its address was removed."""


@dataclass(frozen=True, slots=True)
class FieldConsentState:
    """What a field may be used for, apart from loans.

    `kept` is the refusal that reserves the field for loans. `more` is True if the person consents to a purpose that
    this field does not serve.
    """

    serves: tuple[FieldConsent, ...] = ()
    kept: FieldConsent | None = None
    more: bool = False

    @property
    def purposes(self) -> list[str]:
        """Purposes that the field serves."""
        return [each.purpose for each in self.serves]


def standing(person: Person) -> dict[str, FieldConsentState]:
    """Return the state of each field with an address."""
    wanted, known = agreed_purposes(person), by_field(person)
    closed, found = refused_fields(person), {}
    for field in filled_channels(person):
        words = known.get(field, {})
        serves = tuple(words[each] for each in Purpose if each in wanted and each in words and words[each].given)
        kept = next(iter(words.values())) if field in closed else None
        found[field] = FieldConsentState(serves, kept, len(serves) < len(wanted))
    return found


def filled_channels(person: Person) -> list[str]:
    """Return the channels for which the person has an address, each once."""
    rows = Contact.objects.filter(person=person, replaced_at=None).order_by("pk")
    return list(dict.fromkeys(rows.values_list("channel", flat=True)))


def serving(people: Collection[int], purpose: str) -> dict[int, set[str]]:
    """Return by person id the fields that may serve the purpose now, with one query."""
    newest: dict[tuple[int, str], bool] = {}
    rows = FieldConsent.objects.filter(person__in=people, purpose=purpose).order_by("at", "id")
    for person, field, given in rows.values_list("person_id", "field", "given"):
        newest[person, field] = given
    found: dict[int, set[str]] = {each: set() for each in people}
    for (person, field), given in newest.items():
        if given:
            found[person].add(field)
    return found


def serves(person: Person, field: str, purpose: str) -> bool:
    """Return whether messages for the purpose may go to this field; screen and paper always may."""
    return field in IN_HOUSE or field in serving([person.pk], purpose)[person.pk]


def by_field(person: Person) -> dict[str, dict[str, FieldConsent]]:
    """Return the newest decision per field and purpose, withdrawals included, the newest first."""
    found: dict[str, dict[str, FieldConsent]] = {}
    for each in person.uses.all():
        found.setdefault(each.field, {}).setdefault(each.purpose, each)
    return found


def refused_fields(person: Person) -> set[str]:
    """Return the fields whose last decision was the patron's refusal; later consents do not cover them."""
    words = FieldConsent.objects.filter(person=person).order_by("at", "id").values_list("field", "given", "by")
    last = {field: given or by == EMPTIED for field, given, by in words}
    return {field for field, open_to_more in last.items() if not open_to_more}


def extend(person: Person, purpose: str, by: str, text_version: str, at: datetime) -> None:
    """Extend a consent just given to the fields that have an address and are not reserved for loans."""
    closed = refused_fields(person)
    for field in filled_channels(person):
        if field not in closed:
            _note(person, field, purpose, True, by, text_version, at)


def allow(person: Person, field: str, by: str, at: datetime) -> None:
    """Let the field serve all purposes consented to, for the person or a child, in the agreed versions."""
    for purpose, version in agreed_purposes(person).items():
        _note(person, field, purpose, True, by, version, at)


def withdraw(person: Person, field: str, by: str, at: datetime) -> None:
    """Reserve the field for loans, also against consents given later."""
    for purpose in sorted(MARKETING):
        _note(person, field, purpose, False, by, "", at)


def clear(person: Person, field: str, at: datetime) -> None:
    """End the purposes of a field whose address was removed.

    An address entered later is a different one, and serves loans only until the person consents again.
    """
    if field in refused_fields(person) or field in filled_channels(person):
        return
    for purpose, word in by_field(person).get(field, {}).items():
        if word.given:
            _note(person, field, purpose, False, EMPTIED, "", at)


def restore(person: Person, field: str, at: datetime) -> None:
    """Restore the purposes of an address removed at `at` and put back, unless another was entered since."""
    if field not in filled_channels(person):
        FieldConsent.objects.filter(person=person, field=field, by=EMPTIED, at=at).delete()


def agreed_purposes(person: Person) -> dict[str, str]:
    """Return the marketing purposes consented to, for the person or their children, with the text version."""
    own_or_childs = Q(person=person) | Q(person__guardian=person, person__child=True)
    rows = Consent.objects.filter(own_or_childs, purpose__in=MARKETING).order_by("at", "id")
    newest = {(each.person_id, each.purpose): each for each in rows}
    return {each.purpose: each.text_version for each in newest.values() if each.given}


def _note(person: Person, field: str, purpose: str, yes: bool, by: str, version: str, at: datetime) -> None:
    newest = FieldConsent.objects.filter(person=person, field=field, purpose=purpose).first()
    if newest is not None and (newest.given, newest.text_version) == (yes, version) and newest.by != EMPTIED:
        return
    FieldConsent.objects.create(
        person=person, field=field, purpose=Purpose(purpose), given=yes, text_version=version, by=by, at=at
    )
