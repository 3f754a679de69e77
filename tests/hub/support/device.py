"""Simulate a kiosk's device: its own key, an increasing counter and signed requests."""

from __future__ import annotations

import json
import os
import secrets
import threading
from typing import Any

from django.test import Client

from hub.circulation.models import Kiosk
from hub.core.clock import hub_clock
from hub.fleet import devices
from hub.fleet.models import Device as Kept
from lending import request_signature
from lending.request_signature import Claim


class Device:
    """Sends signed requests, each with the next counter unless another is given."""

    def __init__(self, device: str, key: bytes) -> None:
        self.id, self.key, self.counter = device, key, 0
        self._lock = threading.Lock()

    def claim(self, method: str, target: str, body: bytes = b"", counter: int | None = None) -> Claim:
        with self._lock:
            self.counter = number = counter or self.counter + 1
        text = request_signature.request_text(self.id, number, method, target, body)
        return Claim(self.id, number, request_signature.sign(self.key, text))

    @property
    def client(self) -> Client:
        return SigningClient(self)

    def get(self, path: str) -> Any:
        return self.client.get(path)

    def post(self, path: str, body: object = None) -> Any:
        """Post `body` as JSON, or unchanged if it is bytes."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(path, raw, content_type="application/json")


class SigningClient(Client):
    """Django's client with signed requests; repeats one whose counter a later request has passed."""

    def __init__(self, device: Device) -> None:
        super().__init__()
        self._device = device

    def generic(self, method: str, path: str, data: Any = "", *rest: Any, **more: Any) -> Any:
        body = data.encode() if isinstance(data, str) else data
        headers = more.pop("headers", None) or {}
        while True:
            signed = {**headers, "Authorization": self._device.claim(method, path, body).header}
            answer = super().generic(method, path, body, *rest, headers=signed, **more)
            if answer.status_code != 401 or answer.json() != {"detail": "old_counter"}:
                return answer


def post_signed(path: str, body: bytes, authorization: str) -> Any:
    """Post the body with this Authorization header and return the response."""
    headers = {"Authorization": authorization}
    return Client().generic("POST", path, body, content_type="application/json", headers=headers)


def enrolment_request(code: str, key: bytes) -> dict[str, object]:
    """Return the enrolment request of a device with this key."""
    plain, public = request_signature.plain_code(code), request_signature.public_of(key)
    proof = request_signature.sign(key, request_signature.enrolment_text(plain, public))
    return {"wire": 1, "code": plain, "public_key": public, "proof": proof}


def enrol(code: str, key: bytes) -> Any:
    return Client().post("/api/v1/fleet/enrolments", enrolment_request(code, key), content_type="application/json")


def enrolled_device(kiosk: Kiosk) -> Device:
    """Return a device that is enrolled as this kiosk; tests/hub/fleet/enrolment_test.py enrols by a code."""
    now, key = hub_clock().now(), os.urandom(32)
    public = request_signature.public_of(key)
    kept = Kept.objects.create(id=secrets.token_hex(16), kiosk=kiosk, public_key=public, enrolled_at=now)
    devices.confirm(kept, now)
    return Device(kept.pk, key)
