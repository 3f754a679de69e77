"""A kiosk's device as the hub meets it: a key of its own, a counter that rises, and signed requests; no kiosk code."""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import urlsplit

from django.test import Client

from kiosk.hub.circulation.models import Kiosk
from kiosk.hub.clock import hub_clock
from kiosk.hub.fleet import enrolment
from kiosk.sync import signing
from kiosk.sync.signing import Claim


class Device:
    """Asks with the counter after its last one, unless it is told another."""

    def __init__(self, device: str, key: bytes) -> None:
        self.id, self.key, self.counter = device, key, 0

    def claim(self, method: str, target: str, body: bytes = b"", counter: int | None = None) -> Claim:
        self.counter = counter or self.counter + 1
        text = signing.request_text(self.id, self.counter, method, target, body)
        return Claim(self.id, self.counter, signing.sign(self.key, text))

    def get(self, path: str, headers: dict[str, str] | None = None) -> Any:
        return Client().get(path, headers={**(headers or {}), "Authorization": self.claim("GET", path).header})

    def post(self, path: str, body: object = None) -> Any:
        """`body` is JSON, or the bytes themselves."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return sent(path, raw, self.claim("POST", path, raw).header)


def sent(path: str, body: bytes, authorization: str) -> Any:
    return Client().post(
        urlsplit(path).path,
        body,
        content_type="application/json",
        query_params=dict(part.split("=") for part in urlsplit(path).query.split("&") if part),
        headers={"Authorization": authorization},
    )


def asks(code: str, key: bytes) -> dict[str, object]:
    """The request of a device that wants to be enrolled."""
    plain, public = signing.plain_code(code), signing.public_of(key)
    proof = signing.sign(key, signing.enrolment_text(plain, public))
    return {"wire": 1, "code": plain, "public_key": public, "proof": proof}


def enrols(code: str, key: bytes) -> Any:
    return Client().post("/api/v1/fleet/enrolments", asks(code, key), content_type="application/json")


def enrolled(kiosk: Kiosk) -> Device:
    """A device that was enrolled as this kiosk and is known by what it signed."""
    code, _until = enrolment.new_code(kiosk, hub_clock().now())
    key = os.urandom(32)
    device = Device(enrols(code, key).json()["device"], key)
    assert device.get("/api/v1/items/1").status_code == 404
    return device
