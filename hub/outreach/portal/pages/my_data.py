"""Show the patron each field known about them and its uses, and change either with one button."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.outreach.patrons import consents, records
from hub.outreach.patrons.channels import Channel
from hub.outreach.patrons.models import Change, Contact, Person, ProfileField, Source
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.patrons.records import RecordSource
from hub.outreach.portal import refusal_text
from hub.outreach.portal.models import Scope
from hub.outreach.portal.portal_session import signed_in

BY = "phone"


@dataclass(frozen=True, slots=True)
class DataField:
    """Field on the page. `used` lists its uses other than loans, `acts` value and label of each action."""

    name: str
    words: str
    shown: str
    right: str
    used: tuple[str, ...]
    acts: tuple[tuple[str, str], ...]


def fields(person: Person) -> list[DataField]:
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
    offered = {(each.name, act) for each in fields(person) for act, _words in each.acts}
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
