"""Show the patron what is known about them; change its uses, give a copy of all data, and take or cancel an erasure."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.outreach.library_system.central import the_central
from hub.outreach.patrons import consents, data_export, erasure, records
from hub.outreach.patrons.channels import Channel
from hub.outreach.patrons.models import Change, Contact, Person, ProfileField, Source
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.patrons.records import RecordSource
from hub.outreach.portal import display_preferences, refusal_text
from hub.outreach.portal.identity_proof import prove
from hub.outreach.portal.message_links import open_link
from hub.outreach.portal.models import Scope
from hub.outreach.portal.portal_session import page, patrons_page, signed_in

BY = "phone"
BY_LINK = "portal:keep_by_link"


@dataclass(frozen=True, slots=True)
class DataField:
    """Field on the page. `uses` lists its uses other than loans, `acts` value and label of each action."""

    name: str
    words: str
    value: str
    right: str
    uses: tuple[str, ...]
    acts: tuple[tuple[str, str], ...]


@require_safe
@signed_in(Scope.ALL)
def known_facts(request: HttpRequest, person: Person) -> HttpResponse:
    """Show what is known about the patron and what kiosks remember."""
    context = {
        "here": "me",
        "known": data_fields(person),
        "look": display_preferences.describe_preferences(person),
    }
    return page(request, "known", context)


def data_fields(person: Person) -> list[DataField]:
    """Return the patron's addresses, then other fields.

    A child gets none: the guardian's data is the guardian's.
    """
    if person.child:
        return []
    now = hub_clock().now()
    old = set(records.contacts_to_check(now).filter(person=person, bounced_at=None).values_list("pk", flat=True))
    standing = consents.uses_by_field(person)
    rows = Contact.objects.filter(person=person, replaced_at=None).order_by("pk")
    addresses = [_address(each, standing[each.channel], each.pk in old) for each in rows]
    aged = set(records.fields_to_check(now).filter(person=person).values_list("name", flat=True))
    known = person.facts.exclude(name=ProfileField.Name.GUARDIAN)
    return addresses + [_fact(each, each.name in aged) for each in known]


def _address(contact: Contact, now: consents.FieldConsentState, old: bool) -> DataField:
    used = [
        _("{purpose}: you agreed on {day}, text {version}").format(
            purpose=refusal_text.purpose(Purpose(each.purpose)), day=formatting.day(each.at), version=each.text_version
        )
        for each in now.serves
    ]
    acts = [("right", _("Still correct"))] if old else []
    acts += [("withdraw", _("Stop news here"))] if now.serves else []
    acts += [("give", _("Allow news here"))] if now.more else []
    return DataField(
        contact.channel,
        str(contact.get_channel_display()),
        contact.masked,
        formatting.day(contact.verified_at),
        tuple(used),
        tuple(acts),
    )


def _fact(fact: ProfileField, old: bool) -> DataField:
    acts = [("right", _("Still correct"))] if old else []
    acts.append(("remove", _("Remove")))
    return DataField(
        fact.name,
        str(fact.get_name_display()),
        fact.masked,
        formatting.day(fact.verified_at),
        (),
        tuple(acts),
    )


@require_POST
@signed_in(Scope.ALL)
def use(request: HttpRequest, person: Person, field: str, answer: str) -> HttpResponse:
    """Apply one action to one field."""
    offered = {(each.name, act) for each in data_fields(person) for act, _words in each.acts}
    if (field, answer) not in offered:
        raise Http404
    by = RecordSource(Source.PHONE)
    match answer:
        case "give":
            consents.allow_field(person, field, BY, by.now)
            records.note(person, "consent", Change.Act.CHANGED, by)
            text = _("News can be sent to: {field}.")
        case "withdraw":
            consents.reserve_field(person, field, BY, by.now)
            records.note(person, "consent", Change.Act.CHANGED, by)
            text = _("Used only for your loans from now on: {field}.")
        case "remove":
            records.store_field(person, field, "", by)
            text = _("Removed: {field}.")
        case _:
            _confirm(person, field, by)
            text = _("Thank you: {field}.")
    name = Channel(field).label if field in Channel.values else ProfileField.Name(field).label
    messages.success(request, text.format(field=name))
    return redirect("portal:known")


def _confirm(person: Person, field: str, by: RecordSource) -> None:
    if field in Channel.values:
        for each in records.contacts_to_check(by.now).filter(person=person, channel=field, bounced_at=None):
            records.confirm_contact(each, by)
    else:
        records.confirm_field(person.facts.get(name=field), by)


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
        "fees": refusal_text.amount(account.fees) if account.fees else "",
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


@require_POST
@signed_in(Scope.ALL)
def keep(request: HttpRequest, person: Person) -> HttpResponse:
    """Cancel the erasure from the settings."""
    if erasure.call_off(person, RecordSource(Source.PHONE)):
        messages.success(request, _("Nothing is erased. Your data stays."))
    return redirect("portal:me")


@require_http_methods(["GET", "HEAD", "POST"])
@patrons_page
def keep_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show what will be erased and when; the button cancels it. The link opens nothing else."""
    link = open_link(BY_LINK, token)
    if link is not None and request.method == "POST":
        erasure.call_off(link.person, RecordSource(Source.PHONE))
        link = open_link(BY_LINK, token)  # The nightly job may have erased the record, and the link with it.
    if link is None:
        return page(request, "over", {"used": False, "to": "me"}, 410)
    due = link.person.erase_due_at
    return page(request, "keep", {"kept": due is None, "due": formatting.due(due) if due else ""})
