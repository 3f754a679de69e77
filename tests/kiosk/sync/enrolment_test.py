"""Test the enrolment at a real hub and its failures: in each case exactly one identity stays valid."""

from __future__ import annotations

import json
import os
import socket
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.sync.enrolment import EnrolmentFailed, enrol
from kiosk.sync.http import Host, Timing
from kiosk.sync.hub_client import UNKNOWN_CARD
from kiosk.sync.identity import Identity, IdentityFile, NotEnrolled
from kiosk.sync.request_signer import RequestCounter, Signer
from lending import request_signature
from tests.kiosk.sync.demo_hub import DemoHub
from tests.kiosk.sync.fixed_reply_host import Speech, says, talking
from tests.kiosk.sync.patience import PATIENT
from tests.support.patience import PATIENCE

HASTE = Timing(connect=0.3, read=0.3, whole=0.6)
"""Short time limits for a hub that does not answer."""
CODE = "7KQ2-M9XC-4TDA-0BWE"


def request_status(hub: DemoHub, signer: Signer) -> int:
    """Status of a signed request: 404 if the hub request_status the device, else 401."""
    host = Host(hub.url, signer, None, PATIENT)
    try:
        return host.get(f"/api/v1/cards/{UNKNOWN_CARD}", 1024).status
    finally:
        host.close()


def enrol_error(url: str, state: Path, code: str = CODE, timing: Timing = PATIENT) -> str:
    with pytest.raises(EnrolmentFailed) as failed:
        enrol(url, code, state, timing=timing)
    return str(failed.value)


def test_enrolled_kiosk_is_known_to_the_hub(hub: DemoHub, tmp_path: Path) -> None:
    done = enrol(hub.url, hub.code("one"), tmp_path, timing=PATIENT)
    assert (done.kiosk, done.branch, done.clock_is_wrong) == ("one", "main", False)
    signer = Signer.load(tmp_path)
    assert signer.identity.device == done.device
    assert len(signer.identity.card_key) == 32
    assert [request_status(hub, signer) for _ in range(3)] == [404] * 3


def test_code_accepts_lower_case_lookalikes_and_spaces(hub: DemoHub, tmp_path: Path) -> None:
    code = request_signature.format_code(hub.code("typed"))
    assert (
        enrol(hub.url, f" {code.lower().replace('1', 'l').replace('0', 'o')}\n", tmp_path, timing=PATIENT).kiosk
        == "typed"
    )


def test_wrong_used_and_malformed_codes_are_refused(hub: DemoHub, tmp_path: Path) -> None:
    assert "the hub does not recognise this code" in enrol_error(hub.url, tmp_path)
    code = hub.code("used")
    enrol(hub.url, code, tmp_path / "first", timing=PATIENT)
    assert "was already used to enrol a device" in enrol_error(hub.url, tmp_path / "second", code)
    assert "codes have 16 letters and digits" in enrol_error(hub.url, tmp_path, "12345")
    with pytest.raises(NotEnrolled):
        Signer.load(tmp_path)


REFUSED: dict[str, tuple[Speech, str]] = {
    "expired": (says("403 Forbidden", b'{"detail": "expired_code"}'), "older than 15 minutes: get a new one"),
    "dead": (says("403 Forbidden", b'{"detail": "dead_code"}'), "entered wrongly five times and is no longer valid"),
    "too many": (says("429 Wait", b'{"detail": "too_many_tries"}', Retry_After="41"), "wait 41 seconds"),
    "portal": (says("302 Found", b"", Location="http://portal.example/"), "is not the library's hub"),
    "page": (says("200 OK", b"<html>Please accept</html>"), "is not the library's hub"),
    "old hub": (says("404 Not Found", b"{}"), "or an older one (it answered 404)"),
    "error": (says("500 Error", b"oops"), "(it answered 500)"),
}


@pytest.mark.parametrize("case", sorted(REFUSED))
def test_each_refusal_is_explained_and_changes_nothing(case: str, hub: DemoHub, tmp_path: Path) -> None:
    enrol(hub.url, hub.code("stays"), tmp_path, timing=PATIENT)
    before = Signer.load(tmp_path).identity
    speech, sentence = REFUSED[case]
    with talking(speech) as talker:
        assert sentence in enrol_error(talker.url, tmp_path)
    assert Signer.load(tmp_path).identity == before


def test_unreachable_hub_is_reported(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert f"the hub at {url} does not respond" in enrol_error(url, tmp_path, timing=HASTE)
    assert "does not respond" in enrol_error(url, tmp_path)


def test_untrusted_certificate_points_to_the_clock(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        speaking = threading.Thread(target=no_tls, args=(server,))
        speaking.start()
        sentence = enrol_error(f"https://127.0.0.1:{port}", tmp_path)
        speaking.join(PATIENCE)
    assert f"the certificate of https://127.0.0.1:{port} is not trusted" in sentence
    assert f"this machine's clock says {datetime.now(UTC):%Y-%m-%d}" in sentence


def no_tls(server: socket.socket) -> None:
    """Answer a TLS handshake with plain HTTP."""
    line, _ = server.accept()
    with line:
        line.recv(4096)
        line.sendall(b"HTTP/1.1 400 This is no TLS\r\n\r\n")


def answer(key: bytes, now: datetime, *, forged: bool = False) -> Speech:
    """Signed answer of a hub that accepts every code; `forged` changes one letter after signing."""
    facts = {
        "wire": 1,
        "device": "0" * 32,
        "kiosk": "front",
        "branch": "main",
        "card_key": "cd" * 32,
        "hub_key": request_signature.public_of(b"h" * 32),
        "seal_key": "5e" * 32,
        "now": now.isoformat(),
    }
    body = json.dumps(facts).encode()
    signature = request_signature.sign(
        b"h" * 32, request_signature.answer_text(request_signature.public_of(key), 0, body)
    )
    return says("200 OK", body.replace(b"front", b"fr0nt") if forged else body, Hub_Signature=signature)


def test_altered_answer_is_rejected(tmp_path: Path) -> None:
    key = IdentityFile(tmp_path).begin()
    with talking(answer(key, datetime.now(UTC), forged=True)) as talker:
        assert "was altered on its way" in enrol_error(talker.url, tmp_path)
    with pytest.raises(NotEnrolled):
        Signer.load(tmp_path)


def test_wrong_clock_is_reported(tmp_path: Path) -> None:
    key = IdentityFile(tmp_path).begin()
    known = says("404 Not Found", b'{"detail": "unknown_card"}')
    with talking(answer(key, datetime.now(UTC) + timedelta(hours=3)), known) as talker:
        done = enrol(talker.url, CODE, tmp_path, timing=PATIENT)
    assert done.clock_is_wrong
    assert -3.1 < done.ahead.total_seconds() / 3600 < -2.9


def test_identity_answered_before_a_failure_is_used_after_restart(tmp_path: Path) -> None:
    key = IdentityFile(tmp_path).begin()
    with talking(answer(key, datetime.now(UTC)), says("500 Error")) as talker:
        assert "uses its new identity after a restart" in enrol_error(talker.url, tmp_path)
    assert Signer.load(tmp_path).identity.device == "0" * 32


def test_revoked_enrolment_keeps_the_old_identity(hub: DemoHub, tmp_path: Path) -> None:
    enrol(hub.url, hub.code("left"), tmp_path, timing=PATIENT)
    before = Signer.load(tmp_path).identity
    key = IdentityFile(tmp_path).begin()
    with talking(answer(key, datetime.now(UTC)), says("401 No", b'{"detail": "revoked"}')) as talker:
        assert "get a new code" in enrol_error(talker.url, tmp_path)
    assert Signer.load(tmp_path).identity == before


def test_lost_answer_can_be_requested_again(hub: DemoHub, tmp_path: Path) -> None:
    code = hub.code("lost")
    public = request_signature.public_of(key := IdentityFile(tmp_path).begin())
    request = {"wire": 1, "code": code, "public_key": public}
    request["proof"] = request_signature.sign(key, request_signature.enrolment_text(code, public))
    host = Host(hub.url, None, None, PATIENT)
    assert host.post("/api/v1/fleet/enrolments", 4096, json.dumps(request).encode(), repeat=True).status == 200
    host.close()
    assert enrol(hub.url, code, tmp_path, timing=PATIENT).kiosk == "lost"


def test_unwritable_folder_is_reported(hub: DemoHub, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("no folder")
    code = hub.code("moved")
    assert f"Cannot write {tmp_path / 'state'}" in enrol_error(hub.url, tmp_path / "state", code)
    assert enrol(hub.url, code, tmp_path / "elsewhere", timing=PATIENT).kiosk == "moved"


def test_running_kiosk_takes_up_its_new_identity(hub: DemoHub, tmp_path: Path) -> None:
    enrol(hub.url, hub.code("again"), tmp_path, timing=PATIENT)
    running = Signer.load(tmp_path)
    assert request_status(hub, running) == 404
    enrol(hub.url, hub.code("again"), tmp_path, timing=PATIENT)
    assert request_status(hub, running) == 404
    assert running.identity == Signer.load(tmp_path).identity


def test_two_processes_can_share_an_identity(hub: DemoHub, tmp_path: Path) -> None:
    enrol(hub.url, hub.code("shared"), tmp_path, timing=PATIENT)
    one, other = Signer.load(tmp_path), Signer.load(tmp_path)
    assert [request_status(hub, each) for each in (one, other, one, one, other)] == [404] * 5


def test_unknown_device_is_refused(hub: DemoHub, tmp_path: Path) -> None:
    stranger = Identity("f" * 32, "x", "ab" * 32, os.urandom(32), b"")
    assert request_status(hub, Signer(lambda: stranger, RequestCounter(tmp_path / "counter"))) == 401
