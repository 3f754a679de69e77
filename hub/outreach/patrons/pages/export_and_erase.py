"""Serve the staff pages for exporting and erasing a patron's data."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.page import page, staff_only, staff_page
from hub.outreach.library_system.central import the_central
from hub.outreach.patrons import data_export, erasure
from hub.outreach.patrons.data_export import Chapter, chapters
from hub.outreach.patrons.models import Person, Source
from hub.outreach.patrons.pages.shared import get_person
from hub.outreach.patrons.records import RecordSource


@staff_page
def export_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show all data kept about the patron, for reading and printing."""
    person = get_person(pk)
    found: list[Chapter] = chapters(data_export.export_person(person))
    return page(request, "patrons", "patrons/export.html", {
        "person": person, "chapters": found, "made": formatting.date_and_time(hub_clock().now()), "name": _name(person),
    })  # fmt: skip


@staff_page
def export_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Download the same data as JSON."""
    response = HttpResponse(data_export.as_json(get_person(pk)), content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="export.json"'
    return response


@require_http_methods(["GET", "POST"])
@staff_only
def erase_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what is erased and what stays for now; erase after confirmation."""
    person = get_person(pk)
    if request.method == "POST" and "keep" in request.POST:
        if erasure.call_off(person, RecordSource(Source.STAFF, request.user.get_username())):
            messages.success(request, _("Nothing is erased. The record stays."))
        return redirect("staff:patron_of", person.ref)
    if request.method == "POST":
        return _erase(request, person)
    account = the_central().account(person.ref)
    return page(request, "patrons", "patrons/erase.html", {
        "person": person,
        "name": _name(person),
        "erase_due": formatting.date_and_time(person.erase_due_at) if person.erase_due_at else "",
        "loans": len(account.loans),
        "fees": formatting.money(account.fees) if account.fees else "",
        "stays": bool(account.loans or account.fees),
        "keeps_patrons": the_central().keeps_patrons(),
    })  # fmt: skip


def _erase(request: HttpRequest, person: Person) -> HttpResponse:
    stays = erasure.erase(person.ref, hub_clock().now())
    if not stays:
        messages.success(request, _("The patron's data is erased. Nothing in this hub identifies them any more."))
        return redirect("staff:patrons")
    reasons = {"open_loans": _("open loans"), "fees": _("fees")}
    obstacles = _(", ").join(str(reasons.get(each, each)) for each in stays)
    words = _(
        "Everything else is erased. Name, cards and addresses stay because of: {why}. They are "
        "erased automatically the night after this is resolved."
    )
    messages.success(request, words.format(why=obstacles))
    return redirect("staff:patron_of", person.ref)


def _name(person: Person) -> str:
    standing = the_central().standing([person.ref]).get(person.ref)
    return standing.name if standing else ""
