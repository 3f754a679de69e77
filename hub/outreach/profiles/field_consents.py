"""Keeps which purposes each field of a person may serve; what a loan needs is asked of nobody, and stands not here."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from hub.outreach.profiles.channels import IN_HOUSE
from hub.outreach.profiles.models import Consent, Contact, FieldConsent, Person
from hub.outreach.profiles.purposes import MARKETING, Purpose

EMPTIED = "emptied"
"""Who noted it that a field serves nothing more: nobody, its address was taken away."""


@dataclass(frozen=True, slots=True)
class FieldConsentState:
    """What one field is for, beside her loans. `kept` is the no by which she keeps it for those; `more` tells that she
    agrees to something that does not go there."""

    serves: tuple[FieldConsent, ...] = ()
    kept: FieldConsent | None = None
    more: bool = False

    @property
    def purposes(self) -> list[str]:
        return [each.purpose for each in self.serves]


def standing(person: Person) -> dict[str, FieldConsentState]:
    """By field of hers that is filled."""
    wanted, known = agreed(person), by_field(person)
    closed, found = kept_for_loans(person), {}
    for field in filled(person):
        words = known.get(field, {})
        serves = tuple(words[each] for each in Purpose if each in wanted and each in words and words[each].given)
        kept = next(iter(words.values())) if field in closed else None
        found[field] = FieldConsentState(serves, kept, len(serves) < len(wanted))
    return found


def filled(person: Person) -> list[str]:
    """The fields in which an address of hers stands, each once."""
    rows = Contact.objects.filter(person=person, replaced_at=None).order_by("pk")
    return list(dict.fromkeys(rows.values_list("channel", flat=True)))


def serving(people: Collection[int], purpose: str) -> dict[int, set[str]]:
    """By person, the fields that may serve the purpose now; one query."""
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
    """Whether what is sent on the purpose may go to this field of hers; whoever comes in is reached in the library."""
    return field in IN_HOUSE or field in serving([person.pk], purpose)[person.pk]


def by_field(person: Person) -> dict[str, dict[str, FieldConsent]]:
    """The newest word on each purpose, by field; what she has taken back stands there too, the newest first."""
    found: dict[str, dict[str, FieldConsent]] = {}
    for each in person.uses.all():
        found.setdefault(each.field, {}).setdefault(each.purpose, each)
    return found


def kept_for_loans(person: Person) -> set[str]:
    """The fields whose last word was a no of hers: what she agrees to later does not go there either."""
    words = FieldConsent.objects.filter(person=person).order_by("at", "id").values_list("field", "given", "by")
    last = {field: given or by == EMPTIED for field, given, by in words}
    return {field for field, open_to_more in last.items() if not open_to_more}


def cover(person: Person, purpose: str, by: str, text_version: str, at: datetime) -> None:
    """She has agreed to the purpose in these words: the fields that she has filled serve it from now on."""
    closed = kept_for_loans(person)
    for field in filled(person):
        if field not in closed:
            _note(person, field, purpose, True, by, text_version, at)


def allow(person: Person, field: str, by: str, at: datetime) -> None:
    """Whatever she agrees to, for herself or for a child, may go there; the words are those that she agreed to."""
    for purpose, version in agreed(person).items():
        _note(person, field, purpose, True, by, version, at)


def withdraw(person: Person, field: str, by: str, at: datetime) -> None:
    """From now on the field serves her loans alone, also where she agrees to something else later."""
    for purpose in sorted(MARKETING):
        _note(person, field, purpose, False, by, "", at)


def emptied(person: Person, field: str, at: datetime) -> None:
    """What she tells there later is another address, and serves her loans until she agrees again."""
    if field in kept_for_loans(person) or field in filled(person):
        return
    for purpose, word in by_field(person).get(field, {}).items():
        if word.given:
            _note(person, field, purpose, False, EMPTIED, "", at)


def filled_again(person: Person, field: str, at: datetime) -> None:
    """The address that was taken away at that moment is back and serves what it did, where she told no other since."""
    if field not in filled(person):
        FieldConsent.objects.filter(person=person, field=field, by=EMPTIED, at=at).delete()


def agreed(person: Person) -> dict[str, str]:
    """What she agrees to that is sent, for herself or for a child of hers, with the version of its words."""
    hers = Q(person=person) | Q(person__guardian=person, person__child=True)
    rows = Consent.objects.filter(hers, purpose__in=MARKETING).order_by("at", "id")
    newest = {(each.person_id, each.purpose): each for each in rows}
    return {each.purpose: each.text_version for each in newest.values() if each.given}


def _note(person: Person, field: str, purpose: str, yes: bool, by: str, version: str, at: datetime) -> None:
    newest = FieldConsent.objects.filter(person=person, field=field, purpose=purpose).first()
    if newest is not None and (newest.given, newest.text_version) == (yes, version) and newest.by != EMPTIED:
        return
    FieldConsent.objects.create(
        person=person, field=field, purpose=Purpose(purpose), given=yes, text_version=version, by=by, at=at
    )
