"""Provide what the record pages share: the acting staff member, masked patrons, contacts in words."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.formatting import Tone
from hub.outreach.library_system.central import the_central
from hub.outreach.patrons.models import Contact, Person, Source
from hub.outreach.patrons.records import RecordSource, is_unconfirmed

REGISTER_THERE = gettext_lazy(
    "Patrons are kept in the library's ILS. Register the patron there; the next import adds them here."
)


@dataclass(frozen=True, slots=True)
class MaskedPatron:
    """Patron in a list: masked name, with the `ref` for the link to the patron page."""

    ref: str
    name: str
    last4: str


def masked_patrons(people: Iterable[Person | None]) -> dict[str, MaskedPatron]:
    """Look up these persons with one call, by their `ref`; unknown and erased ones are left out."""
    refs = sorted({each.ref for each in people if each is not None})
    found = the_central().standing(refs) if refs else {}
    return {
        ref: MaskedPatron(ref, formatting.mask_name(each.name), formatting.last4(each.identifier))
        for ref, each in found.items()
    }


def masked_text(patron: MaskedPatron | None) -> str:
    """Return the patron as one text for CSV; empty if unknown or erased."""
    return f"{patron.name} {patron.last4}" if patron else ""


def staff(request: HttpRequest) -> RecordSource:
    """Return the signed-in staff member as the source of a change made now."""
    return RecordSource(Source.STAFF, request.user.get_username(), hub_clock().now())


def get_person(pk: int) -> Person:
    """Return the person with this id, with the guardian; raise Http404 if there is none."""
    return get_object_or_404(Person.objects.select_related("guardian"), pk=pk)


@dataclass(frozen=True, slots=True)
class UsedRow:
    """Use of a field. `lines` says for which purposes, since when and under which text, or why only loans."""

    lines: tuple[str, ...]
    serves: bool
    more: bool


@dataclass(frozen=True, slots=True)
class ContactRow:
    """Contact with its source, the day it was last verified, and its state."""

    pk: int
    channel: str
    address: str
    origin: str
    verified: str
    tone: Tone
    state: str
    bound: bool
    waits: bool
    check: bool
    code: bool
    field: str
    used: UsedRow | None
    """What it may be used for; None if that is not shown."""

    @staticmethod
    def from_contact(
        contact: Contact, *, check: bool, code: bool = False, masked: str = "", used: UsedRow | None = None
    ) -> "ContactRow":
        """Build the row of a contact; `check` marks it as stale, `masked` replaces the address."""
        tone, state = _state(contact, check)
        return ContactRow(
            pk=contact.pk,
            channel=contact.get_channel_display(),
            address=masked or contact.address.decrypt(),
            origin=origin(contact.source, contact.told_at),
            verified=formatting.day(contact.verified_at),
            tone=tone,
            state=state,
            bound=contact.bound_at is not None,
            waits=is_unconfirmed(contact),
            check=check,
            code=code,
            field=contact.channel,
            used=used,
        )


def _state(contact: Contact, check: bool) -> tuple[Tone, str]:
    if contact.bounced_at is not None:
        return Tone.STOP, _("returned on {day}").format(day=formatting.day(contact.bounced_at))
    if is_unconfirmed(contact):
        return Tone.CLOCK, _("not confirmed yet")
    if check:
        return Tone.LOOK, _("old, unconfirmed")
    return Tone.DONE, _("linked by code") if contact.bound_at else _("in use")


def origin(source: str, at: object) -> str:
    """Return source and day: `staff, 3 Nov`."""
    return _("{source}, {day}").format(source=Source(source).label, day=formatting.day(at))  # type: ignore[arg-type]
