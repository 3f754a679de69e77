"""Simulate a device of a hub in another process, enrolled by the demo mode's code."""

from __future__ import annotations

import os

import requests
from requests.auth import AuthBase

from tests.hub.support.device import Device, enrolment_request
from tests.support.patience import PATIENCE


class DeviceAuth(AuthBase):
    """Sign each request of a session."""

    def __init__(self, device: Device) -> None:
        self._device = device

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body or b""
        raw = body.encode() if isinstance(body, str) else body
        request.headers["Authorization"] = self._device.claim(request.method or "", request.path_url, raw).header
        return request


def enrolled_at(url: str, kiosk: str) -> tuple[requests.Session, bytes]:
    """Enrol a kiosk and return its session and the library's card key."""
    session, key = requests.Session(), os.urandom(32)
    session.trust_env = False
    code = session.post(f"{url}/api/demo/kiosks", json={"name": kiosk}, timeout=PATIENCE).json()["code"]
    answer = session.post(f"{url}/api/v1/fleet/enrolments", json=enrolment_request(code, key), timeout=PATIENCE).json()
    session.auth = DeviceAuth(Device(answer["device"], key))
    return session, bytes.fromhex(answer["card_key"])
