"""Show what a merge of two patrons' records moves and contradicts, and do it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.audit import access_reason
from hub.audit.models import Act
from hub.circulation import lookup
from hub.circulation.models import Patron
from hub.circulation.operations.context import by_staff
from hub.core.pages import formatting
from hub.core.pages.page import page, report_error, report_success, staff_action, staff_page
from hub.outreach.patrons import registration
from hub.outreach.patrons.models import ProfileField
from hub.outreach.patrons.pages.shared import staff
from hub.outreach.patrons.records import person_of
from hub.staff.merging.merge import CannotMerge, Pair, choices, merge, obstacle, preview
from hub.staff.rows import ListedPatron, masked_patron


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that may be of the same person, masked, and what both share."""

    patron: ListedPatron
    shared: str


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """A fact of both records, in words."""

    words: str
    stays: str
    goes: str

    @property
    def differs(self) -> bool:
        """Whether both are known and differ."""
        return bool(self.stays and self.goes and self.stays != self.goes)


def _patron(pk: int) -> Patron:
    return get_object_or_404(Patron.objects.select_related("category"), pk=pk)


@staff_page
def choose(request: HttpRequest, pk: int) -> HttpResponse:
    """Let staff choose the other record: a possible duplicate, or one found by name, number or card."""
    patron, words = _patron(pk), request.GET.get("q", "").strip()
    person = person_of(patron.ref)
    alike = registration.possible_duplicates(person) if person else []
    rows = {each.ref: each for each in Patron.objects.filter(ref__in=[each.person.ref for each in alike])}
    found = lookup.patrons_searched(words).exclude(pk=pk)[: lookup.MOST] if words else ()
    return page(request, "patrons", "staff/merge_choose.html", {
        "patron": patron, "number": formatting.last4(patron.identifier), "q": words,
        "alike": [
            Candidate(masked_patron(rows[each.person.ref]), each.shared) for each in alike if each.person.ref in rows
        ],
        "found": [Candidate(masked_patron(each), str(each.category)) for each in found],
    })  # fmt: skip


@staff_page
def compare(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """Show both records side by side, what would move and what contradicts; the first record stays."""
    stays, goes = _patron(pk), _patron(other)
    if asked := access_reason.unless_known(request, goes.ref, Act.MERGE):
        return asked
    pair = Pair.from_patrons(stays, goes)
    return page(request, "patrons", "staff/merge.html", {
        "stays": stays, "goes": goes, "obstacle": obstacle(pair), "preview": preview(pair),
        "rows": [row for row in _fact_rows(pair) if row.stays or row.goes],
        "goes_number": formatting.last4(goes.identifier),
    })  # fmt: skip


def _fact_rows(pair: Pair) -> list[ComparedRow]:
    facts = [{each.name: each.value.decrypt() for each in person.facts.all()} for person in (pair.kept, pair.gone)]
    patrons = (pair.stays, pair.goes)

    def row(words: str, *values: object) -> ComparedRow:
        return ComparedRow(words, *map(str, values))

    return [
        row(_("Name"), *(each.name for each in patrons)),
        row(_("Patron number"), *(formatting.last4(each.identifier) for each in patrons)),
        *(row(str(name.label).capitalize(), *(each.get(name, "") for each in facts)) for name in ProfileField.Name),
        row(_("Category"), *(each.category for each in patrons)),
        row(_("Status"), *(each.get_status_display() for each in patrons)),
        row(_("Member until"), *(formatting.day(each.expires) if each.expires else _("no end") for each in patrons)),
        row(_("Record since"), *(formatting.day(each.since) for each in (pair.kept, pair.gone))),
    ]


@staff_page
def compare_by_ref(request: HttpRequest, ref: str, other: str) -> HttpResponse:
    """Redirect to the comparison of two records, for apps that know only the references."""
    stays, goes = get_object_or_404(Patron, ref=ref), get_object_or_404(Patron, ref=other)
    return redirect("staff:merge", stays.pk, goes.pk)


@staff_action
def act(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """Merge the other record into this one."""
    stays = _patron(pk)
    home = reverse("staff:patron", args=(pk,))
    goes = Patron.objects.filter(pk=other).first()
    if goes is None:
        return report_error(request, _("The other record no longer exists. It was merged or erased already."), home)
    if asked := access_reason.unless_known(request, goes.ref, Act.MERGE):
        return asked
    if "same" not in request.POST:
        words = _("Compare the records, and confirm that they are of one person.")
        return report_error(request, words, reverse("staff:merge", args=(pk, other)))
    chosen = {each.name for each in choices(Pair.from_patrons(stays, goes)) if request.POST.get(each.name) == "goes"}
    try:
        moved = merge(by_staff(request), staff(request), pk, other, chosen)
    except CannotMerge as why:
        return report_error(request, str(why), home)
    words = _("Records merged.")
    if moved:
        listed = _(", ").join(f"{topic} {count}" for topic, count in moved.items())
        words = _("{words} Moved here: {listed}.").format(words=words, listed=listed)
    return report_success(request, words, home)
