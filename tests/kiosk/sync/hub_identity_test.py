"""Test that a hub at another address is recognised by its key."""

from __future__ import annotations

import pytest

from kiosk.central import CentralUnavailable
from kiosk.sync.hub_client import RandomDeviceSigner, is_hub_at
from lending import request_signature
from lending.request_signature import Claim
from tests.kiosk.sync.demo_hub import DemoHub
from tests.kiosk.sync.fixed_reply_host import says, talking
from tests.kiosk.sync.patience import PATIENT

PRIVATE = b"h" * 32
HUB_KEY = request_signature.public_of(PRIVATE)
REFUSAL = b'{"detail":"unknown_device"}'


def test_hub_proves_its_identity_at_any_address(hub: DemoHub) -> None:
    key = hub.signer.identity.hub_key
    for url in (hub.url, hub.url.replace("127.0.0.1", "localhost")):
        assert is_hub_at(url, key)
        assert not is_hub_at(url, HUB_KEY)


def test_signature_for_another_device_proves_nothing() -> None:
    recorded = request_signature.sign(PRIVATE, request_signature.answer_text("ab" * 16, 1, REFUSAL))
    with talking(says("401 Unauthorized", REFUSAL, Hub_Signature=recorded)) as talker:
        assert not is_hub_at(talker.url, HUB_KEY, PATIENT)


def test_signed_answer_without_a_refusal_status_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a refusal can be signed for a random device id."""
    monkeypatch.setattr("os.urandom", bytes)
    signed = request_signature.sign(PRIVATE, request_signature.answer_text("00" * 16, 1, REFUSAL))
    for status, proved in (("401 Unauthorized", True), ("200 OK", False)):
        with talking(says(status, REFUSAL, Hub_Signature=signed)) as talker:
            assert is_hub_at(talker.url, HUB_KEY, PATIENT) == proved


@pytest.mark.parametrize("status", ["404 Not Found", "302 Found", "401 Unauthorized"])
def test_unsigned_answer_proves_nothing(status: str) -> None:
    with talking(says(status, REFUSAL)) as talker:
        assert not is_hub_at(talker.url, HUB_KEY, PATIENT)


def test_unreachable_hub_raises_central_unavailable() -> None:
    with pytest.raises(CentralUnavailable):
        is_hub_at("http://127.0.0.1:9", HUB_KEY, PATIENT)


def test_each_probe_uses_a_new_device_id() -> None:
    devices = {RandomDeviceSigner().claim("GET", "/", b"").device for _ in range(5)}
    assert len(devices) == 5
    assert not RandomDeviceSigner().again(Claim("0" * 32, 1, "0" * 128), b"", 1)
