"""Simulate WeChat's callback for a scanned code, encrypted and signed as WeChat documents it."""

from __future__ import annotations

import hashlib
import secrets
from base64 import b64decode, b64encode
from urllib.parse import urlencode

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.test import Client
from django.urls import reverse

from hub.core.clock import hub_clock

APP, TOKEN, KEY = "wx1", "callback", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
CALLBACKS = f'callback_token = "{TOKEN}"\ncallback_key = "{KEY}"\n'


def signed(*parts: str) -> str:
    return hashlib.sha1("".join(sorted((TOKEN, *parts))).encode()).hexdigest()


def cipher() -> Cipher[modes.CBC]:
    key = b64decode(KEY + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))


def callback(account: str, event: str, key: str = "", app: str = APP, age: int = 0) -> tuple[str, bytes]:
    """Return the signed URL and the encrypted body of a callback."""
    xml = (
        f"<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[{account}]]></FromUserName>"
        f"<CreateTime>1</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{event}]]></Event>"
        f"<EventKey><![CDATA[{key}]]></EventKey></xml>"
    ).encode()
    pad = padding.PKCS7(256).padder()
    padded = pad.update(secrets.token_bytes(16) + len(xml).to_bytes(4) + xml + app.encode()) + pad.finalize()
    sealing = cipher().encryptor()
    text = b64encode(sealing.update(padded) + sealing.finalize()).decode()
    timestamp, nonce = str(int(hub_clock().now().timestamp()) - age), secrets.token_hex(6)
    asked = {
        "signature": signed(timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
        "msg_signature": signed(timestamp, nonce, text),
    }
    body = f"<xml><ToUserName>gh_1</ToUserName><Encrypt><![CDATA[{text}]]></Encrypt></xml>".encode()
    return f"{reverse('messaging:wechat_events')}?{urlencode(asked)}", body


def posts(url: str, body: bytes) -> tuple[int, str]:
    """Return the status, and the reply that the patron reads in WeChat, or an empty text."""
    answer = Client().post(url, body, content_type="text/xml")
    if not answer.content.startswith(b"<xml>"):
        return answer.status_code, ""
    text = answer.content.decode().split("<Encrypt><![CDATA[")[1].split("]]>")[0]
    opening = cipher().decryptor()
    whole = opening.update(b64decode(text)) + opening.finalize()
    plain = whole[20 : 20 + int.from_bytes(whole[16:20])].decode()
    return answer.status_code, plain.split("<Content>")[1].split("</Content>")[0]


def scans(account: str, word: str, follows_already: bool = True) -> tuple[int, str]:
    """Simulate a scan of the code with WeChat."""
    url, body = (
        callback(account, "SCAN", word) if follows_already else callback(account, "subscribe", f"qrscene_{word}")
    )
    return posts(url, body)
