"""Show the channels: which are on, why one is paused, and a test message by each."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.page import page
from hub.core.pages.staff_access import staff_action, staff_page
from hub.outreach.messaging.channels import registry
from hub.outreach.messaging.channels.registry import SENT_OUT
from hub.outreach.messaging.models import Delivery, Pause
from hub.outreach.messaging.reasons import reason
from hub.outreach.messaging.settings import FILE, BadChannels, Channels, channels
from hub.outreach.patrons.channels import BadAddress, Channel


@dataclass(frozen=True, slots=True)
class ChannelRow:
    code: str
    name: str
    tone: str
    state: str
    note: str
    then: str
    waiting: int
    on: bool


@staff_page
def channels_page(request: HttpRequest) -> HttpResponse:
    """List the channels."""
    return _render_channels(request)


@staff_action
def test(request: HttpRequest, channel: str) -> HttpResponse:
    """Send a test message to the posted address, and show the result."""
    address = request.POST.get("address", "").strip()
    try:
        tested = registry.send_test(channel, address, "en" if get_language() == "en" else "zh", channels())
    except (BadAddress, BadChannels) as error:
        return _render_channels(request, registry.ChannelTestResult(False, str(error)), channel, 422)
    return _render_channels(request, tested, channel)


def _render_channels(
    request: HttpRequest, tested: registry.ChannelTestResult | None = None, channel: str = "", status: int = 200
) -> HttpResponse:
    fault, found = "", Channels()
    try:
        found = channels()
    except BadChannels as error:
        fault = str(error)
    on = registry.enabled_channels(found)
    context = {
        "rows": [_row(each, each in on) for each in SENT_OUT],
        "tested": tested,
        "tested_channel": str(Channel(channel).label) if channel in Channel.values else "",
        "fault": fault,
        "file": FILE,
        "quiet": f"{found.quiet_from:%H:%M}–{found.quiet_to:%H:%M}",
        "most": found.marketing_most,
        "days": found.marketing_days,
    }
    return page(request, "messages", "messaging/channels.html", context, status=status)


def _row(channel: str, on: bool) -> ChannelRow:
    pause = Pause.objects.filter(channel=channel, until__gt=hub_clock().now()).first() if on else None
    waiting = Delivery.objects.filter(channel=channel, state=Delivery.State.PENDING).count()
    name = str(Channel(channel).label)
    if pause is not None:
        why = reason(pause.code)
        state = _("Paused until {when}").format(when=formatting.date_and_time(pause.until))
        return ChannelRow(channel, name, "stop", state, f"{why.what}. {pause.words}".strip(), why.then, waiting, on)
    state = _("Available") if on else _("Off")
    return ChannelRow(channel, name, "done" if on else "ring", state, "", "", waiting, on)
