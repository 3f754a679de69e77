"""Receive callbacks of WeChat and WeCom about what a patron did there, and reject all other senders.

WeChat's are encrypted and signed (secure mode, 安全模式); others are rejected. The signature covers the encrypted
text, so an observer of one cannot forge another.
"""

import hashlib
import hmac
import logging
import re
import secrets
from base64 import b64decode, b64encode
from datetime import datetime, timedelta
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import defusedxml.ElementTree as safe
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from defusedxml import DefusedXmlException
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from hub.core.clock import hub_clock
from hub.core.encrypted_fields import keyed_hash
from hub.core.language import page_language
from hub.outreach.library_system.central import the_central
from hub.outreach.messaging import account_linking
from hub.outreach.messaging.channels.tencent import Unreachable, wecom_user_id
from hub.outreach.messaging.services import portal_links
from hub.outreach.messaging.settings import channels_or_none
from hub.outreach.patrons import records
from hub.outreach.patrons.channels import OPEN_ID, Channel

log = logging.getLogger(__name__)
MOST = 64 * 1024
PREFIX = "qrscene_"
"""Prefix of the code if the patron began to follow by the same scan."""
KEPT = timedelta(minutes=15)
FRESH = timedelta(minutes=5)
BLOCK = 32
SEALED = re.compile(rb"<Encrypt>\s*(?:<!\[CDATA\[)?([A-Za-z0-9+/=]{24,20000})(?:\]\]>)?\s*</Encrypt>")


class CallbackRejected(Exception):
    """The callback is not from WeChat, not for this account, or expired. `args[0]` is which of them."""


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
        if not _is_new(asked["timestamp"], asked["nonce"], asked["msg_signature"], now):
            raise CallbackRejected("again")
    except CallbackRejected as why:
        log.warning("Rejected a WeChat callback: %s", why)
        return HttpResponse(status=403)
    text = _take_event(event, now)
    if not text:
        return HttpResponse("success", content_type="text/plain")
    return HttpResponse(envelope.encrypt(_reply(event, text, now), now), content_type="text/xml")


@never_cache
@require_GET
def wecom(request: HttpRequest) -> HttpResponse:
    """Process the redirect from WeCom with a code, and look up at WeCom which account it belongs to."""
    on, now = channels_or_none().wecom, hub_clock().now()
    if on is None:
        return HttpResponse(status=404)
    language = page_language()
    context: dict[str, object] = {"library": the_central().library(language)}
    try:
        account = wecom_user_id(on, request.GET.get("code", "")[:512])
    except Unreachable as error:
        log.warning("Cannot look up the WeCom account of a scan: %s", error)
        return _result_page(request, {**context, "end": "away"}, 503)
    if not OPEN_ID.fullmatch(account):
        return _result_page(request, {**context, "end": "stranger"}, 403)
    end = account_linking.take(Channel.WECOM, request.GET.get("state", "")[:64], account, now)
    return _result_page(request, {**context, "end": str(end), "words": _scan_text(end)}, 200)


def _result_page(request: HttpRequest, context: dict[str, object], status: int) -> HttpResponse:
    response = render(request, "messaging/bound.html", context, status=status)
    response["Referrer-Policy"] = "no-referrer"
    return response


def _is_new(timestamp: str, nonce: str, signature: str, now: datetime) -> bool:
    """Return False for an event that came before: it may be a replay."""
    mark = keyed_hash("wechat event", f"{timestamp} {nonce} {signature}")
    return portal_links().use_up(mark, now + KEPT)


def _take_event(event: dict[str, str], now: datetime) -> str:
    """Process an event; return the immediate reply in both languages, or an empty text."""
    account, name, key = event.get("FromUserName", ""), event.get("Event", "").lower(), event.get("EventKey", "")
    if event.get("MsgType") != "event" or not OPEN_ID.fullmatch(account):
        return ""
    if name == "unsubscribe":
        records.mark_bounced(Channel.WECHAT, account, now)
        return ""
    if name == "scan" or (name == "subscribe" and key.startswith(PREFIX)):
        return _both(account_linking.take(Channel.WECHAT, key.removeprefix(PREFIX), account, now))
    if name == "subscribe":
        account_linking.confirm_followed_again(Channel.WECHAT, account, now)
    return ""


def _both(end: account_linking.ScanResult) -> str:
    texts = []
    for language in ("zh-hans", "en"):
        with translation.override(language):
            texts.append(_scan_text(end))
    return "\n".join(texts)


def _scan_text(end: account_linking.ScanResult) -> str:
    """Return the result of a scan as text for the patron."""
    match end:
        case account_linking.ScanResult.BOUND:
            return _("Linked. Library messages will come here from now on.")
        case account_linking.ScanResult.TAKEN:
            return _("This account is linked to another card. Unlink it there first, or ask at the desk.")
        case account_linking.ScanResult.OVER:
            return _("This code has expired. Show a new code on your library page and scan it.")


def _reply(event: dict[str, str], text: str, now: datetime) -> str:
    """Return a text reply to the patron, as WeChat's XML."""
    return (
        f"<xml><ToUserName>{escape(event.get('FromUserName', ''))}</ToUserName>"
        f"<FromUserName>{escape(event.get('ToUserName', ''))}</FromUserName>"
        f"<CreateTime>{int(now.timestamp())}</CreateTime><MsgType>text</MsgType><Content>{escape(text)}</Content></xml>"
    )


class Envelope:
    """Cipher and signature of one official account, with the token and key that are registered at WeChat."""

    def __init__(self, app_id: str, token: str, key: str) -> None:
        self._app_id, self._token = app_id.encode(), token
        self._key = b64decode(key + "=")

    def signature(self, timestamp: str, nonce: str, text: str = "") -> str:
        """Return the SHA-1 signature of token, time, nonce and encrypted text, as WeChat calculates it."""
        parts = sorted((self._token, timestamp, nonce, *([text] if text else [])))
        return hashlib.sha1("".join(parts).encode()).hexdigest()

    def verify_greeting(self, signature: str, timestamp: str, nonce: str, now: datetime) -> None:
        """Verify the request by which WeChat checks the URL once.

        Raises:
            CallbackRejected: If the signature or the time is wrong.
        """
        self._verify(signature, self.signature(timestamp, nonce), timestamp, now)

    def decrypt(self, raw: bytes, signature: str, timestamp: str, nonce: str, now: datetime) -> dict[str, str]:
        """Return the fields of an event.

        Raises:
            CallbackRejected: If the callback is not authentic.
        """
        found = SEALED.search(raw)
        if found is None:
            raise CallbackRejected("not_sealed")
        text = found[1].decode()
        self._verify(signature, self.signature(timestamp, nonce, text), timestamp, now)
        return _fields(self._decrypt(text))

    def encrypt(self, words: str, now: datetime) -> bytes:
        """Return an encrypted reply, dated `now`."""
        plain = words.encode()
        whole = secrets.token_bytes(16) + len(plain).to_bytes(4) + plain + self._app_id
        pad = BLOCK - len(whole) % BLOCK
        cipher = self._cipher().encryptor()
        text = b64encode(cipher.update(whole + bytes([pad]) * pad) + cipher.finalize()).decode()
        timestamp, nonce = str(int(now.timestamp())), secrets.token_hex(8)
        signature = self.signature(timestamp, nonce, text)
        return (
            f"<xml><Encrypt><![CDATA[{text}]]></Encrypt><MsgSignature><![CDATA[{signature}]]></MsgSignature>"
            f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
        ).encode()

    def _verify(self, signature: str, right: str, timestamp: str, now: datetime) -> None:
        if not hmac.compare_digest(signature.encode(), right.encode()):
            raise CallbackRejected("signature")
        if not timestamp.isdecimal() or abs(now.timestamp() - int(timestamp[:12])) > FRESH.total_seconds():
            raise CallbackRejected("not_now")

    def _decrypt(self, text: str) -> bytes:
        try:
            cipher = self._cipher().decryptor()
            whole = cipher.update(b64decode(text, validate=True)) + cipher.finalize()
        except ValueError:
            raise CallbackRejected("damaged") from None
        size = int.from_bytes(whole[16:20])
        plain, behind = whole[20 : 20 + size], whole[20 + size :]
        if behind[: len(self._app_id)] != self._app_id:
            raise CallbackRejected("another_account")
        return plain

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))


def _fields(xml: bytes) -> dict[str, str]:
    """Parse the event. Only XML that WeChat signed reaches this function."""
    try:
        return {each.tag: (each.text or "").strip() for each in safe.fromstring(xml, forbid_dtd=True)}
    except (ElementTree.ParseError, DefusedXmlException):
        raise CallbackRejected("not_xml") from None
