"""Show and change channels, quiet hours, consents and stopped messages, each with one button."""

from dataclasses import dataclass
from datetime import time

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from hub.core.clock import hub_clock
from hub.outreach.library_system.registry import the_central
from hub.outreach.messaging import unsubscribe
from hub.outreach.patrons import consents, contacts
from hub.outreach.patrons.channels import Channel, masked
from hub.outreach.patrons.message_kinds import MessageKind
from hub.outreach.patrons.models import Change, Person, Source
from hub.outreach.patrons.purposes import ASKED, Purpose
from hub.outreach.patrons.record_updates import RecordSource, note
from hub.outreach.portal import refusal_text
from hub.outreach.portal.models import Scope
from hub.outreach.portal.pages import account_linking, digest, display_preferences, my_data
from hub.outreach.portal.portal_session import page, signed_in

BY = "phone"


@dataclass(frozen=True, slots=True)
class ChannelChoice:
    """Channel with its masked address; `first` is True for the preferred one."""

    value: str
    words: str
    shown: str
    first: bool


@dataclass(frozen=True, slots=True)
class Consent:
    """Purpose with its consent text and the current answer."""

    purpose: str
    words: str
    why: str
    given: bool


@require_safe
@signed_in(Scope.ALL)
def me(request: HttpRequest, person: Person) -> HttpResponse:
    """Show the patron's settings."""
    stopped = [MessageKind(each) for each in person.stopped.values_list("kind", flat=True)]
    context = {
        "here": "me",
        "choices": _choices(person),
        "known": my_data.fields(person),
        "quiet_from": f"{person.quiet_from:%H:%M}" if person.quiet_from else "",
        "quiet_to": f"{person.quiet_to:%H:%M}" if person.quiet_to else "",
        "consents": _consents(person),
        "digest": digest.choices(person),
        "digest_words": consents.words(consents.text(Purpose.DIGEST)),
        "stopped": [(each.value, each.label) for each in stopped if not each.marketing],
        "kinds": [
            (each.value, each.label)
            for each in MessageKind
            if not each.marketing and each not in unsubscribe.CANNOT and each not in stopped
        ],
        "child": person.child,
        "keeps_pins": the_central().keeps_pins(),
        "scanned": account_linking.offered(),
        "look": display_preferences.remembered(person),
        "erased": refusal_text.due(person.erase_due_at) if person.erase_due_at else "",
    }
    return page(request, "me", context)


def _choices(person: Person) -> list[ChannelChoice]:
    """Return the usable channels, the preferred one first. Paper can be chosen by every patron."""
    ways = {each.channel: each for each in reversed(contacts.usable_addresses(person))}
    order = [each for each in contacts.order(contacts.recipient_of(person)) if each in ways]
    if Channel.PAPER not in ways:
        ways[str(Channel.PAPER)] = contacts.UsableAddress(str(Channel.PAPER), "", person)
        order.append(str(Channel.PAPER))
    found = []
    for place, channel in enumerate(order):
        address = ways[channel].address
        found.append(
            ChannelChoice(channel, str(Channel(channel).label), masked(channel, address) if address else "", place == 0)
        )
    return found


def _consents(person: Person) -> list[Consent]:
    return [
        Consent(
            each.value,
            refusal_text.purpose(each),
            consents.words(consents.text(each)),
            consents.given(person, each),
        )
        for each in ASKED
        if each is not Purpose.DIGEST
    ]


@require_POST
@signed_in(Scope.ALL)
def channel(request: HttpRequest, person: Person) -> HttpResponse:
    """Put the chosen channel first."""
    usable = [each.value for each in _choices(person)]
    chosen = request.POST.get("channel", "")
    if chosen not in usable:
        raise Http404
    spoken_to = contacts.recipient_of(person)
    unasked = set() if Channel.PAPER in contacts.order(spoken_to) else {str(Channel.PAPER)}
    contacts.set_order(spoken_to, "", [chosen, *(each for each in usable if each not in {chosen, *unasked})])
    _noted(person, "order")
    messages.success(request, _("Preferred contact method: {channel}.").format(channel=Channel(chosen).label))
    return redirect("portal:me")


@require_POST
@signed_in(Scope.ALL)
def quiet(request: HttpRequest, person: Person) -> HttpResponse:
    """Set the quiet hours, in which no messages are sent."""
    try:
        begin, over = (_hour(request.POST.get(each, "")) for each in ("quiet_from", "quiet_to"))
    except ValueError:
        messages.error(request, _("Enter times as 21:30."))
        return redirect("portal:me")
    if (begin is None) != (over is None):
        messages.error(
            request, _("Enter a start and an end time, or leave both empty to use the library's quiet hours.")
        )
        return redirect("portal:me")
    person.quiet_from, person.quiet_to = begin, over
    person.save(update_fields=("quiet_from", "quiet_to"))
    _noted(person, "quiet")
    messages.success(request, _("Your quiet hours are saved."))
    return redirect("portal:me")


def _hour(text: str) -> time | None:
    return time.fromisoformat(text) if text.strip() else None


@require_POST
@signed_in(Scope.ALL)
def consent(request: HttpRequest, person: Person, purpose: str, answer: str) -> HttpResponse:
    """Give or withdraw a consent; the version of the text shown is stored with it."""
    if purpose not in ASKED or answer not in ("give", "withdraw"):
        raise Http404
    now, name = hub_clock().now(), refusal_text.purpose(Purpose(purpose))
    if answer == "give":
        consents.give(person, purpose, BY, consents.text(purpose).version, now)
        for kind in (each for each in MessageKind if each.marketing and each.purpose == purpose):
            unsubscribe.resume(person, kind)
        messages.success(request, _("You agreed: {purpose}.").format(purpose=name))
    else:
        consents.withdraw(person, purpose, BY, now)
        messages.success(request, _("Withdrawn: {purpose}.").format(purpose=name))
    return redirect("portal:me")


@require_POST
@signed_in(Scope.ALL)
def stop(request: HttpRequest, person: Person, kind: str, answer: str) -> HttpResponse:
    """Stop a kind of message, or resume it."""
    if kind not in MessageKind.values or MessageKind(kind) in unsubscribe.CANNOT or answer not in ("stop", "again"):
        raise Http404
    name = MessageKind(kind).label
    if answer == "stop":
        unsubscribe.stop(person, MessageKind(kind), BY)
        messages.success(request, _("You will no longer receive: {kind}.").format(kind=name))
    else:
        unsubscribe.resume(person, MessageKind(kind))
        messages.success(request, _("You will receive these again: {kind}.").format(kind=name))
    return redirect("portal:me")


def _noted(person: Person, what: str) -> None:
    note(person, what, Change.Act.CHANGED, RecordSource(Source.PHONE))
