"""Let the patron enter an address or link an account, verify it by code and send a test message."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hub.core.clock import hub_clock
from hub.core.pages.formatting import qr
from hub.outreach.messaging import account_linking
from hub.outreach.messaging.channels.tencent import Unreachable
from hub.outreach.messaging.enqueue import queue_message
from hub.outreach.messaging.models import AccountLinkCode
from hub.outreach.messaging.settings import channels_or_none
from hub.outreach.patrons import records, verification_codes
from hub.outreach.patrons.channels import BadAddress, Channel
from hub.outreach.patrons.models import Code, Contact, Person, Source
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.patrons.records import RecordSource
from hub.outreach.patrons.verification_codes import CodeRefusalReason
from hub.outreach.portal.models import Scope
from hub.outreach.portal.portal_session import page, signed_in
from hub.outreach.portal.rate_limit import take_attempt

OFFERED = (Channel.MAIL, Channel.SMS)
"""Channels whose address can be typed. WeChat and WeCom accounts are linked by QR code instead."""


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Scope.ALL)
def address(request: HttpRequest, person: Person) -> HttpResponse:
    """Store an address and send a code there. Until it is entered the former address stays in use."""
    if person.child:
        messages.info(request, _("Messages for a child go to the guardian. Change this at the desk."))
        return redirect("portal:notifications")
    if not _code_channels():
        messages.info(request, _("We cannot send messages yet. Give staff your address at the desk."))
        return redirect("portal:notifications")
    if request.method != "POST":
        return _render_form(request)
    if take_attempt(request, "sign_in") is None:
        return _render_form(request, _("Too many code requests. Try again in 15 minutes."), 429)
    channel = request.POST.get("channel", "")
    if channel not in _code_channels():
        return _render_form(request, _("Choose email or SMS."), 422)
    try:
        contact = records.store_contact(
            person, channel, request.POST.get("address", "")[:300], RecordSource(Source.PHONE)
        )
    except BadAddress as wrong:
        return _render_form(request, str(wrong), 422)
    sent = verification_codes.send(contact, Code.Aim.BIND)
    if sent in (CodeRefusalReason.TOO_MANY, CodeRefusalReason.TOO_SOON):
        return _render_form(
            request, _("A code was just sent, or you reached today's limit. Wait 1 minute, or come to the desk."), 429
        )
    if sent is CodeRefusalReason.COUNTRY or sent is CodeRefusalReason.BUDGET:
        return _render_form(request, no_text(sent), 422)
    return _code(request, contact)


def no_text(refused: CodeRefusalReason) -> str:
    """Return why no code is sent by text message, and what to do."""
    if refused is CodeRefusalReason.COUNTRY:
        return _("We send no text messages to this country. Enter an email address, or come to the desk.")
    return _("No more codes can be sent by text message today. Enter an email address, or come to the desk.")


@require_POST
@signed_in(Scope.ALL)
def bind(request: HttpRequest, person: Person) -> HttpResponse:
    """Check the code; the right one lets the address replace the former one."""
    number = request.POST.get("contact", "")
    own = Contact.objects.filter(person=person, pk=int(number) if number.isdecimal() and len(number) < 18 else 0)
    contact = own.first()
    if contact is None:
        return redirect("portal:address")
    digits = "".join(each for each in request.POST.get("code", "") if each.isdecimal())
    if verification_codes.bind(contact, digits, RecordSource(Source.PHONE)) is not None:
        fault = _("The code is wrong or has expired. Check it, or request a new one.")
        return _code(request, contact, fault)
    messages.success(request, _("Confirmed. We will use this address from now on."))
    return redirect("portal:notifications")


@require_POST
@signed_in(Scope.ALL)
def test(request: HttpRequest, person: Person) -> HttpResponse:
    """Send a test message over the preferred channel, at most once a minute."""
    queue_message(person, MessageKind.TEST, f"phone-{person.pk}-{hub_clock().now():%Y%m%d%H%M}", {})
    messages.success(request, _("Test message sent."))
    return redirect("portal:notifications")


def _code_channels() -> list[Channel]:
    """Return the channels by which a code can be sent."""
    on = channels_or_none()
    return [each for each in OFFERED if on.has(each, MessageKind.CODE, "")]


def _render_form(request: HttpRequest, fault: str = "", status: int = 200) -> HttpResponse:
    context = {
        "here": "me",
        "fault": fault,
        "channels": [(each.value, each.label) for each in _code_channels()],
        "chosen": request.POST.get("channel", ""),
        "typed": request.POST.get("address", ""),
    }
    return page(request, "address", context, status)


def _code(request: HttpRequest, contact: Contact, fault: str = "") -> HttpResponse:
    context = {"here": "me", "fault": fault, "contact": contact.pk, "where": contact.masked}
    return page(request, "address_code", context, 422 if fault else 200)


def linkable_channels() -> list[tuple[str, str]]:
    """Return value and label of the channels that can be linked; none if channels.toml is invalid."""
    return [(str(each), str(each.label)) for each in account_linking.linkable_channels(channels_or_none())]


def linkable_accounts(person: Person) -> list[tuple[str, str, bool]]:
    """Return value and label of these channels, and whether the patron has linked an account."""
    return [
        (value, words, account_linking.linked_account(person, value) is not None)
        for value, words in linkable_channels()
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Scope.ALL)
def scan(request: HttpRequest, person: Person, channel: str) -> HttpResponse:
    """Show the QR code until it is scanned or expires."""
    if channel not in dict(linkable_channels()):
        raise Http404
    if person.child:
        messages.info(request, _("Messages for a child go to the guardian. Change this at the desk."))
        return redirect("portal:notifications")
    if request.method != "POST":
        return _render_linking(request, person, channel)
    if take_attempt(request, "sign_in") is None:
        return _render_linking(request, person, channel, _("Too many code requests. Try again in 15 minutes."), 429)
    try:
        account_linking.begin(person, channel, channels_or_none(), hub_clock().now())
    except Unreachable:
        fault = _("{name} cannot provide a code right now. Try again in a few minutes.").format(
            name=Channel(channel).label
        )
        return _render_linking(request, person, channel, fault, 503)
    return redirect("portal:scan", channel)


@require_POST
@signed_in(Scope.ALL)
def unbind(request: HttpRequest, person: Person, channel: str) -> HttpResponse:
    """Unlink the account and send a final notice to it."""
    contact = account_linking.linked_account(person, channel)
    if contact is not None:
        records.remove_contact(contact, RecordSource(Source.PHONE))
        messages.success(request, _("Unlinked: {name}.").format(name=Channel(channel).label))
    return redirect("portal:notifications")


def _render_linking(
    request: HttpRequest, person: Person, channel: str, fault: str = "", status: int = 200
) -> HttpResponse:
    code, contact = account_linking.last(person, channel), account_linking.linked_account(person, channel)
    waits = code is not None and code.used_at is None and code.until > hub_clock().now()
    context = {
        "here": "me",
        "fault": fault or (_already_linked() if code and code.end == AccountLinkCode.End.TAKEN else ""),
        "channel": channel,
        "name": Channel(channel).label,
        "bound": contact.masked if contact else "",
        "unfollowed": contact is not None and contact.bounced_at is not None,
        "qr": qr(code.url.decrypt()) if code and waits else "",
        "address": code.url.decrypt() if code and waits else "",
    }
    return page(request, "scan", context, status)


def _already_linked() -> str:
    return _("This account is linked to another card. Unlink it there first, or ask at the desk.")
