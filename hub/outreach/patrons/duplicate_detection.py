"""Find existing records that may belong to a newly self-registered person, as a hint for staff."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from hub.outreach.library_system.central import the_central
from hub.outreach.patrons.models import Contact, Person, ProfileField


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
