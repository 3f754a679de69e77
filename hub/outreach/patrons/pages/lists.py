"""List the records that need staff's attention, each with its next action, and the freshness rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.csv_download import batches, download, wants_csv
from hub.core.pages.page import page, paginate, staff_page
from hub.outreach.patrons import records
from hub.outreach.patrons.models import Contact, Person, ProfileField, ProfileSettings
from hub.outreach.patrons.pages.shared import ContactRow, MaskedPatron, masked_patrons, masked_text, origin
from hub.outreach.patrons.registration import possible_duplicates


@dataclass(frozen=True, slots=True)
class CheckRow:
    """Unreliable contact; `bounced` selects the next action."""

    patron: MaskedPatron | None
    person: int
    contact: ContactRow
    bounced: bool


@dataclass(frozen=True, slots=True)
class OldFactRow:
    """Profile field that was stated long ago."""

    pk: int
    patron: MaskedPatron | None
    words: str
    value: str
    origin: str
    verified_on: str


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Person in a list, with a note why."""

    patron: MaskedPatron | None
    person: int
    note: str


@staff_page
def lists(request: HttpRequest) -> HttpResponse:
    """Show fields to check, unreachable and unconfirmed patrons and pending erasures, with counts."""
    now, show = hub_clock().now(), request.GET.get("show", "check")
    queries: dict[str, QuerySet[Contact] | QuerySet[ProfileField] | QuerySet[Person]] = {
        "check": records.contacts_to_check(now),
        "told": records.fields_to_check(now),
        "unreached": records.without_contact(),
        "unseen": Person.objects.filter(provisional=True).order_by("since"),
        "leaving": _leaving(),
    }
    show = show if show in queries else "check"
    if wants_csv(request):
        return _records_csv(queries[show], show)
    found = paginate(request, queries[show])
    figure = records.freshness(now)
    return page(request, "records", "patrons/lists.html", {
        "show": show,
        "tabs": [(name, words, queries[name].count()) for name, words in _tabs()],
        "found": found,
        "rows": _rows(found, show),
        "figure": figure,
        "percent": round(100 * figure.rate) if figure.rate is not None else None,
        "months": ProfileSettings.now().stale_months,
    })  # fmt: skip


def _records_csv(records: "QuerySet[Contact] | QuerySet[ProfileField] | QuerySet[Person]", show: str) -> HttpResponse:
    """Return a list as CSV with what the page shows: patrons, addresses and other details are masked."""
    heading = (_("Patron"), _("Detail"), _("Value"), _("Source"), _("Confirmed"), _("State"))
    found: Any = records
    return download("records", heading, (_cells(row) for some in batches(found) for row in _rows(some, show)))


def _cells(row: CheckRow | OldFactRow | PersonRow) -> tuple[str, ...]:
    patron = masked_text(row.patron)
    match row:
        case CheckRow(contact=contact):
            return patron, contact.channel, contact.address, contact.origin, contact.verified, contact.state
        case OldFactRow():
            return patron, row.words, row.value, row.origin, row.verified_on, ""
        case _:
            return patron, "", "", "", "", row.note


def _leaving() -> "QuerySet[Person]":
    """Return persons waiting to be erased: for loans and fees, or for the waiting time of a kiosk request."""
    waits = Person.objects.exclude(erase_asked_at=None, erase_due_at=None)
    return waits.order_by("erase_due_at", "erase_asked_at")


def _tabs() -> list[tuple[str, str]]:
    return [
        ("check", _("To check")),
        ("told", _("Other details to check")),
        ("unreached", _("Cannot be reached")),
        ("unseen", _("ID not checked")),
        ("leaving", _("Waiting for erasure")),
    ]


def _rows(found: Any, show: str) -> Sequence[CheckRow | OldFactRow | PersonRow]:
    match show:
        case "check":
            return _checks(found)
        case "told":
            return _fact_rows(found)
        case _:
            return _people(found, show)


def _fact_rows(found: "list[ProfileField]") -> list[OldFactRow]:
    names = masked_patrons(each.person for each in found)
    return [
        OldFactRow(
            each.pk,
            names.get(each.person.ref),
            each.get_name_display(),
            each.masked,
            origin(each.source, each.told_at),
            formatting.day(each.verified_at),
        )
        for each in found
    ]


def _checks(found: "list[Contact]") -> list[CheckRow]:
    names = masked_patrons(each.person for each in found)
    return [
        CheckRow(
            patron=names.get(each.person.ref),
            person=each.person_id,
            contact=ContactRow.from_contact(each, check=True, masked=each.masked),
            bounced=each.bounced_at is not None,
        )
        for each in found
    ]


def _people(found: "list[Person]", show: str) -> list[PersonRow]:
    names = masked_patrons(found)
    return [PersonRow(names.get(each.ref), each.pk, _note(each, show)) for each in found]


def _note(person: Person, show: str) -> str:
    match show:
        case "leaving":
            if person.erase_due_at is not None:
                return _("requested by the patron: erased after {when}").format(
                    when=formatting.date_and_time(person.erase_due_at)
                )
            return _("requested {day}").format(day=formatting.day(person.erase_asked_at))
        case "unseen":
            first = person.contacts.order_by("pk").first() or person.facts.first()
            text = origin(first.source, person.since) if first else formatting.day(person.since)
            return _("{told}; possible duplicate").format(told=text) if possible_duplicates(person) else text
        case _:
            return _("child, no guardian address") if person.child else ""
