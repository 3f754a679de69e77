"""Link or unlink a WeChat or WeCom account by a QR code. Only a POST creates a code."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hub.core.clock import hub_clock
from hub.outreach.delivery import account_linking
from hub.outreach.delivery.channels.token_api import Unreachable
from hub.outreach.delivery.models import AccountLinkCode
from hub.outreach.delivery.settings import channels_or_none
from hub.outreach.patron_portal.models import Scope
from hub.outreach.patron_portal.portal_session import page, signed_in
from hub.outreach.patron_portal.rate_limit import count_attempt, is_limited
from hub.outreach.profiles import record_updates
from hub.outreach.profiles.channels import Channel, masked
from hub.outreach.profiles.models import Person, Source
from hub.outreach.profiles.record_updates import RecordSource
from hub.staff.kiosks import qr


def offered() -> list[tuple[str, str]]:
    """Return value and label of the channels that can be linked; none if channels.toml is invalid."""
    return [(str(each), str(each.label)) for each in account_linking.offered(channels_or_none())]


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Scope.ALL)
def scan(request: HttpRequest, person: Person, channel: str) -> HttpResponse:
    """Show the QR code until it is scanned or expires."""
    if channel not in dict(offered()):
        raise Http404
    if person.child:
        messages.info(request, _("What the library sends to a child goes to the guardian: change it at the desk."))
        return redirect("phone:me")
    if request.method != "POST":
        return _drawn(request, person, channel)
    if is_limited(request, "sign_in"):
        return _drawn(request, person, channel, _("Codes were asked for too often. Wait a quarter of an hour."), 429)
    count_attempt(request, "sign_in")
    try:
        account_linking.begin(person, channel, channels_or_none(), hub_clock().now())
    except Unreachable:
        fault = _("{name} gives no code just now. Try again in some minutes.").format(name=Channel(channel).label)
        return _drawn(request, person, channel, fault, 503)
    return redirect("phone:scan", channel)


@require_POST
@signed_in(Scope.ALL)
def unbind(request: HttpRequest, person: Person, channel: str) -> HttpResponse:
    """Unlink the account and send a final notice to it."""
    contact = account_linking.bound(person, channel)
    if contact is not None:
        record_updates.remove(contact, RecordSource(Source.PHONE))
        messages.success(request, _("Unbound: {name}.").format(name=Channel(channel).label))
    return redirect("phone:me")


def _drawn(request: HttpRequest, person: Person, channel: str, fault: str = "", status: int = 200) -> HttpResponse:
    code, contact = account_linking.last(person, channel), account_linking.bound(person, channel)
    waits = code is not None and code.used_at is None and code.until > hub_clock().now()
    context = {
        "here": "me",
        "fault": fault or (_taken() if code and code.end == AccountLinkCode.End.TAKEN else ""),
        "channel": channel,
        "name": Channel(channel).label,
        "bound": masked(channel, contact.address.opened()) if contact else "",
        "unfollowed": contact is not None and contact.bounced_at is not None,
        "qr": qr(code.url.opened()) if code and waits else "",
        "address": code.url.opened() if code and waits else "",
    }
    return page(request, "scan", context, status)


def _taken() -> str:
    return _("This account is bound to another patron's card. Unbind it there first, or ask at the library's desk.")
