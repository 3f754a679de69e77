"""Receive callbacks of WeChat and WeCom about what a patron did there; reject all other senders."""

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from hub.core.clock import hub_clock
from hub.core.language import zh_or_en
from hub.outreach.library_system.central import the_central
from hub.outreach.messaging import account_linking
from hub.outreach.messaging.channels.tencent import Unreachable
from hub.outreach.messaging.channels.wechat import events
from hub.outreach.messaging.channels.wechat.encrypted_callback import CallbackRejected, Envelope
from hub.outreach.messaging.channels.wecom import scan
from hub.outreach.messaging.settings import channels_or_none
from hub.outreach.patrons.channels import OPEN_ID, Channel

MOST = 64 * 1024
log = logging.getLogger(__name__)


@never_cache
@csrf_exempt
@require_http_methods(["GET", "POST"])
def wechat(request: HttpRequest) -> HttpResponse:
    """Process a callback that WeChat signed; a repeated one is rejected."""
    on, now = channels_or_none().wechat, hub_clock().now()
    if on is None or not on.callback_token:
        return HttpResponse(status=404)
    envelope = Envelope(on.app_id, on.callback_token, on.callback_key)
    asked = {name: request.GET.get(name, "") for name in ("signature", "msg_signature", "timestamp", "nonce")}
    try:
        if request.method == "GET":
            envelope.verify_greeting(asked["signature"], asked["timestamp"], asked["nonce"], now)
            return HttpResponse(request.GET.get("echostr", "")[:200], content_type="text/plain")
        event = envelope.decrypt(request.body[:MOST], asked["msg_signature"], asked["timestamp"], asked["nonce"], now)
        if not events.first_time(asked["timestamp"], asked["nonce"], asked["msg_signature"], now):
            raise CallbackRejected("again")
    except CallbackRejected as why:
        log.warning("Rejected a WeChat callback: %s", why)
        return HttpResponse(status=403)
    said = events.take(event, now)
    if not said:
        return HttpResponse("success", content_type="text/plain")
    return HttpResponse(envelope.encrypt(events.reply(event, said, now), now), content_type="text/xml")


@never_cache
@require_GET
def wecom(request: HttpRequest) -> HttpResponse:
    """Process the redirect from WeCom with a code, and look up at WeCom which account it belongs to."""
    on, now = channels_or_none().wecom, hub_clock().now()
    if on is None:
        return HttpResponse(status=404)
    language = zh_or_en()
    context: dict[str, object] = {"library": the_central().library(language)}
    try:
        account = scan.user_id(on, request.GET.get("code", "")[:512])
    except Unreachable as error:
        log.warning("Cannot look up the WeCom account of a scan: %s", error)
        return _result_page(request, {**context, "end": "away"}, 503)
    if not OPEN_ID.fullmatch(account):
        return _result_page(request, {**context, "end": "stranger"}, 403)
    end = account_linking.take(Channel.WECOM, request.GET.get("state", "")[:64], account, now)
    return _result_page(request, {**context, "end": str(end), "words": events.words(end)}, 200)


def _result_page(request: HttpRequest, context: dict[str, object], status: int) -> HttpResponse:
    response = render(request, "messaging/bound.html", context, status=status)
    response["Referrer-Policy"] = "no-referrer"
    return response
