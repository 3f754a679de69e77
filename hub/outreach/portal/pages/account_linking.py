"""Link or unlink a WeChat or WeCom account by a QR code. Only a POST creates a code."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hub.core.clock import hub_clock
from hub.core.pages.qr_code import qr
from hub.outreach.messaging import account_linking
from hub.outreach.messaging.channels.tencent import Unreachable
from hub.outreach.messaging.models import AccountLinkCode
from hub.outreach.messaging.settings import channels_or_none
from hub.outreach.patrons import records
from hub.outreach.patrons.channels import Channel
from hub.outreach.patrons.models import Person, Source
from hub.outreach.patrons.records import RecordSource
from hub.outreach.portal.models import Scope
from hub.outreach.portal.portal_session import page, signed_in
from hub.outreach.portal.rate_limit import take_attempt


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
