"""Give the patron a copy of all their data, and take a request to erase it, each after a fresh proof."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.outreach.library_system.central import the_central
from hub.outreach.patrons import data_export, erasure
from hub.outreach.patrons.models import Person, Source
from hub.outreach.patrons.records import RecordSource
from hub.outreach.portal.identity_proof import prove
from hub.outreach.portal.models import Scope
from hub.outreach.portal.pages import fees
from hub.outreach.portal.portal_session import page, signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Scope.ALL)
def export(request: HttpRequest, person: Person) -> HttpResponse:
    """Say what is in the copy; after the proof, send it as a JSON file. A child's is given at the desk."""
    if person.child:
        return page(request, "export", {"here": "me", "child": True})
    proof = prove(request, person)
    if proof is not None:
        _about_the_file, *chapters = data_export.chapters(data_export.export_person(person))
        context = {
            "here": "me",
            "proof": proof,
            "fault": proof.fault,
            "chapters": [(each.words, len(each.entries)) for each in chapters],
        }
        return page(request, "export", context, proof.status)
    file = data_export.issue_export(person, RecordSource(Source.PHONE))
    response = HttpResponse(file, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="my-library-data.json"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Scope.ALL)
def erase(request: HttpRequest, person: Person) -> HttpResponse:
    """Say what is erased, when, and what stays; after the proof, take the request. Open loans prevent it."""
    if person.erase_due_at is not None:
        return redirect("portal:me")
    account = the_central().account(person.ref)
    loans = len(account.loans)
    context: dict[str, object] = {
        "here": "me",
        "child": person.child,
        "asked": person.erase_asked_at is not None,
        "loans": loans,
        "days": erasure.WAIT.days,
        "fees": fees.amount(account.fees) if account.fees else "",
        "keeps_patrons": the_central().keeps_patrons(),
    }
    if person.child or loans or person.erase_asked_at is not None:
        return page(request, "erase", context, 409 if request.method == "POST" else 200)
    proof = prove(request, person)
    if proof is not None:
        return page(request, "erase", {**context, "proof": proof, "fault": proof.fault}, proof.status)
    erasure.ask(person, RecordSource(Source.PHONE))
    messages.success(request, _("Your request is saved."))
    return redirect("portal:me")
