"""Test the hub's client: the contract on a real hub process, and hostile hosts over a real socket."""

from __future__ import annotations

import gzip
import itertools
import json
import re
import socket
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from kiosk.central import Accepted, CentralUnavailable, JournalRow, Refused, RetryLater, SetAside
from kiosk.sync.http import Timing
from kiosk.sync.hub_client import HubClient
from lending import request_signature
from lending.model import Block, ItemId, Reason
from lending.transactions import ClockTrust, TransactionId
from lending.wire import MOST_BYTES, encode
from tests.kiosk.sync.bench import ADA, DUE, DUNE, START, checkout, run_async
from tests.kiosk.sync.central_contract import CentralContract, Stand
from tests.kiosk.sync.demo_hub import DemoHub
from tests.kiosk.sync.fixed_reply_host import Speech, Talker, raw, says, talking
from tests.kiosk.sync.patience import PATIENT
from tests.kiosk.sync.unknown_device import STRANGER, unknown_signer

HASTE = Timing(connect=0.2, read=0.2, whole=0.5)
"""Short time limits for a host that does not answer."""
PORTAL = b"<!DOCTYPE html><html><body>Please accept the terms of this network</body></html>"
ID = "01a212cc-3ca0-7025-be69-c20444d48d3c"


@pytest.fixture(scope="session")
def stand(hub: DemoHub) -> Stand:
    seqs = itertools.count(1)
    return Stand(
        central=lambda: HubClient(hub.url, hub.signer, timing=PATIENT),
        ada=hub.patrons["plain_1"]["card"],
        lin=hub.patrons["plain_2"]["card"],
        pin_of_ada=hub.patrons["plain_1"]["pin"],
        blocked=hub.patrons["blocked"]["card"],
        unknown_card="00000000",
        free=hub.free,
        reserved=hub.item("held_for_other"),
        no_item=ItemId("39999999999999"),
        loans=lambda item: len(list(hub.loans(item))),
        seq=lambda: next(seqs),
    )


class TestTheHub(CentralContract):
    pass


def central(talker: Talker, timing: Timing = PATIENT) -> HubClient:
    return HubClient(talker.url, unknown_signer(), timing=timing)


def row(seq: int = 1, body: str | None = None) -> JournalRow:
    kind, text = encode(checkout())
    return JournalRow(
        seq, TransactionId(f"{ID[:-4]}{seq:04x}"), "boot", 1, START, ClockTrust.SYNCED, kind, True, body or text
    )


def answers(*outcomes: Mapping[str, object]) -> Speech:
    return says("200 OK", json.dumps({"wire": 1, "answers": outcomes}).encode())


ASKS: dict[str, Callable[[HubClient], Coroutine[Any, Any, object]]] = {
    "ping": lambda central: central.ping(),
    "patron": lambda central: central.patron(ADA),
    "account": lambda central: central.account(ADA),
    "item": lambda central: central.item(DUNE),
    "pin": lambda central: central.check_pin(ADA, "1234"),
    "hand_over": lambda central: central.hand_over([row()]),
    "snapshot": lambda central: central.snapshot_page(""),
}


def flood() -> Iterator[bytes]:
    """Yield up to a hundred megabytes while the client reads."""
    yield b"HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n"
    for _ in range(100):
        yield b" " * 1024 * 1024


def endless_chunks() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    while True:
        yield b"10000\r\n" + b" " * 0x10000 + b"\r\n"


HOSTILE: dict[str, tuple[Speech, str]] = {
    "html": (says("200 OK", b"<html>It works!</html>", Content_Type="text/html"), "unusable_answer"),
    "error": (says("500 Internal Server Error", b"{}"), "server_error"),
    "proxy without a server": (says("503 Service Unavailable", PORTAL, Retry_After="120"), "server_error"),
    "bad gateway": (says("502 Bad Gateway", PORTAL), "server_error"),
    "captive portal that redirects": (says("302 Found", Location="http://127.0.0.1:9/login"), "captive_portal"),
    "captive portal that answers": (says("200 OK", PORTAL, Content_Type="text/html"), "unusable_answer"),
    "JSON not found": (says("404 Not Found", b'{"detail": "Not Found"}'), "unusable_answer"),
    "captive portal not found": (says("404 Not Found", PORTAL), "unusable_answer"),
    "proxy that wants a password": (says("407 Proxy Authentication Required", PORTAL), "unusable_answer"),
    "nonsense": (says("200 OK", b'{"wire": 1, "answers": ['), "unusable_answer"),
    "other shape": (says("200 OK", b'[{"wire": 1}]'), "unusable_answer"),
    "empty": (says("200 OK"), "unusable_answer"),
    "not text": (says("200 OK", b"\xff\xfe\x00\x00"), "unusable_answer"),
    "nested too deep": (says("200 OK", b"[" * 100_000), "unusable_answer"),
    "identity refused": (says("401 Unauthorized", b"{}"), "identity_refused"),
    "revoked": (says("401 Unauthorized", b'{"detail": "revoked"}'), "revoked"),
    "truncated": (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"), "away"),
    "truncated chunks": (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{"), "away"),
    "gzip bomb": (says("200 OK", gzip.compress(b" " * 10_000_000), Content_Encoding="gzip"), "unusable_answer"),
    "a hundred megabytes": (flood, "too_big"),
    "chunks without end": (endless_chunks, "too_big"),
    "not http": (raw(b"220 smtp ready\r\n"), "away"),
    "silence at once": (raw(), "away"),
    "headers without end": (raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500), "away"),
}


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
@pytest.mark.parametrize(("speech", "reason"), HOSTILE.values(), ids=HOSTILE)
@run_async
async def test_hostile_answer_raises_central_unavailable(
    ask: Callable[[HubClient], Coroutine[Any, Any, object]], speech: Speech, reason: str
) -> None:
    with talking(speech) as talker, pytest.raises(CentralUnavailable) as away:
        await ask(central(talker))
    assert str(away.value) == reason


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
@run_async
async def test_closed_port_raises_central_unavailable(ask: Callable[[HubClient], Coroutine[Any, Any, object]]) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        host = HubClient(f"http://127.0.0.1:{closed.getsockname()[1]}", unknown_signer(), timing=PATIENT)
        with pytest.raises(CentralUnavailable, match="away"):
            await ask(host)


@run_async
async def test_silent_host_times_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = HubClient(f"http://127.0.0.1:{silent.getsockname()[1]}", unknown_signer(), timing=HASTE)
        with pytest.raises(CentralUnavailable, match="time_out"):
            await host.item(DUNE)


@pytest.mark.parametrize("head", ["", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"], ids=["head", "body"])
@run_async
async def test_trickling_host_is_abandoned(head: str) -> None:
    def trickle() -> Iterator[bytes]:
        yield head.encode()
        for _ in range(500):
            if talker.stopped.wait(0.05):
                return
            yield b"H" if head else b" "

    with talking(trickle) as talker, pytest.raises(CentralUnavailable):
        await central(talker, HASTE).item(DUNE)


@run_async
async def test_stalled_body_times_out() -> None:
    def stall() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"
        talker.stopped.wait(5)

    with talking(stall) as talker, pytest.raises(CentralUnavailable, match="time_out"):
        await central(talker, HASTE).item(DUNE)


@run_async
async def test_invalid_address_is_an_unusable_answer() -> None:
    with pytest.raises(CentralUnavailable, match="unusable_answer"):
        await HubClient("http://.example", unknown_signer()).item(DUNE)


@run_async
async def test_retry_after_header_is_honoured() -> None:
    with talking(says("429 Too Many Requests", Retry_After="7")) as talker:
        assert await central(talker).hand_over([row()]) == [RetryLater(7.0)]
    with talking(says("429 Too Many Requests", Retry_After="Fri, 27 Nov 2026 10:00:00 GMT")) as talker:
        assert await central(talker).hand_over([row()]) == [RetryLater(0.0)]


@run_async
async def test_duration_of_the_last_answer_is_kept() -> None:
    with talking(says("429 Too Many Requests", Retry_After="7")) as talker:
        client = central(talker)
        assert client.delay is None
        began = time.monotonic()
        await client.hand_over([row()])
        assert client.delay is not None and 0 < client.delay <= time.monotonic() - began


@run_async
async def test_cut_connection_is_retried_once_with_the_same_row() -> None:
    with talking(raw(), answers({"id": row().id, "outcome": "accepted"})) as talker:
        assert await central(talker).hand_over([row()]) == [Accepted()]
        assert len(talker.heads) == 2


@run_async
async def test_unknown_card_answer_is_unusable_for_an_item() -> None:
    with talking(says("404 Not Found", b'{"detail": "unknown_card"}')) as talker:
        assert await central(talker).account(ADA) == Block(Reason.UNKNOWN_CARD)
        with pytest.raises(CentralUnavailable, match="unusable_answer"):
            await central(talker).item(DUNE)


UNREADABLE = says("422 Unprocessable Entity", b'{"detail": "rows.0: no text"}')
HEALTHY = says("200 OK", json.dumps({"wire": 1, "now": START.isoformat(), "status": "ok"}).encode())
NEWER = says("200 OK", json.dumps({"wire": 2, "now": START.isoformat(), "status": "ok"}).encode())
UNKNOWN_CARD = says("404 Not Found", b'{"detail": "unknown_card"}')
ACCEPTED: Mapping[str, object] = {"id": row().id, "outcome": "accepted"}


@pytest.mark.parametrize("speech", [UNREADABLE, says("500 Internal Server Error", PORTAL)], ids=["unreadable", "error"])
@run_async
async def test_rejected_batch_is_retried_with_the_first_row_only(speech: Speech) -> None:
    with talking(speech, answers(ACCEPTED)) as talker:
        assert await central(talker).hand_over([row(1), row(2)]) == [Accepted()]
        assert len(talker.heads) == 2


@run_async
async def test_unreadable_row_is_set_aside_alone(caplog: pytest.LogCaptureFixture) -> None:
    with talking(UNREADABLE, UNREADABLE, HEALTHY, UNKNOWN_CARD, answers(ACCEPTED)) as talker:
        host = central(talker)
        assert await host.hand_over([row(9), row(1)]) == [SetAside("it can never be handed over: rows.0: no text")]
        assert await host.hand_over([row(1)]) == [Accepted()]
    assert "Row 9 cannot be uploaded" in caplog.text


@pytest.mark.parametrize(
    ("speeches", "reason"),
    [
        ([says("422 Unprocessable Entity", PORTAL)], "unusable_answer"),
        ([says("400 Bad Request", b'{"error": "moon"}')], "unusable_answer"),
        ([UNREADABLE, NEWER], "other_wire"),
        ([UNREADABLE, says("200 OK", PORTAL)], "unusable_answer"),
        ([says("500 Internal Server Error", b'{"detail": "oh"}')], "server_error"),
    ],
    ids=["portal", "stranger", "newer hub", "portal for everything else", "error"],
)
@run_async
async def test_row_is_not_set_aside_because_of_an_unusable_hub(speeches: Sequence[Speech], reason: str) -> None:
    with talking(*speeches) as talker, pytest.raises(CentralUnavailable, match=reason):
        await central(talker).hand_over([row()])


@run_async
async def test_row_that_fits_no_wire_format_stops_no_other() -> None:
    odd = replace(row(2), at=datetime(2201, 1, 1, tzinfo=UTC))
    with talking(answers(ACCEPTED)) as talker:
        assert await central(talker).hand_over([row(1), odd, row(3)]) == [Accepted()]
        set_aside = "it can never be handed over: at: Value error, a time between 1970 and 2199 is needed"
        assert await central(talker).hand_over([odd, row(3)]) == [SetAside(set_aside)]
        assert len(talker.heads) == 1


@run_async
async def test_pin_is_never_sent_twice() -> None:
    with talking(raw(), says("200 OK", b'{"verdict": "right"}')) as talker:
        with pytest.raises(CentralUnavailable):
            await central(talker).check_pin(ADA, "1234")
        assert len(talker.heads) == 1


@run_async
async def test_answers_for_other_rows_are_unusable() -> None:
    ours: Mapping[str, object] = {"id": row(1).id, "outcome": "accepted"}
    other: Mapping[str, object] = {"id": row(9).id, "outcome": "accepted"}
    for outcomes in ([other], [ours, other], [ours, ours], [ours, other, other]):
        with talking(answers(*outcomes)) as talker, pytest.raises(CentralUnavailable, match="unusable_answer"):
            await central(talker).hand_over([row(1), row(2)])
    with talking(answers(ours)) as talker:
        assert await central(talker).hand_over([row(1), row(2)]) == [Accepted()]


@run_async
async def test_every_wire_outcome_is_mapped() -> None:
    outcomes: list[Mapping[str, object]] = [
        {"id": row(1).id, "outcome": "accepted", "due": DUE.isoformat(), "someone_waits": True, "place": "Bin 2"},
        {"id": row(2).id, "outcome": "refused", "reason": "fees", "amount": "12.50"},
        {"id": row(3).id, "outcome": "refused", "reason": "moon_phase", "later": "than us"},
        {"id": row(4).id, "outcome": "set_aside", "reason": "unknown kind", "exception": 4},
        {"id": row(5).id, "outcome": "again", "after": 2.5},
    ]
    with talking(answers(*outcomes)) as talker:
        sent = [replace(row(seq), no_block=seq not in (2, 3)) for seq in range(1, 6)]
        assert await central(talker).hand_over(sent) == [
            Accepted(DUE, True, "Bin 2"),
            Refused(Block(Reason.FEES, amount=Decimal("12.50"))),
            Refused(Block(Reason.CENTRAL_REFUSED)),
            SetAside("unknown kind"),
            RetryLater(2.5),
        ]


@run_async
async def test_refusal_of_a_promised_row_is_unusable() -> None:
    """Only an attacker replaying an answer from before the promise sends this."""
    with talking(answers({"id": row(1).id, "outcome": "refused", "reason": "fees"})) as talker:
        with pytest.raises(CentralUnavailable, match="unusable_answer"):
            await central(talker).hand_over([row(1)])
        assert await central(talker).hand_over([replace(row(1), no_block=False)]) == [Refused(Block(Reason.FEES))]


@run_async
async def test_request_size_stays_within_the_wire_limit() -> None:
    long = [replace(row(seq), body='{"item":"' + "x" * 8000 + '"}') for seq in range(1, 20)]
    outcomes = [{"id": each.id, "outcome": "accepted"} for each in long[:7]]
    with talking(answers(*outcomes)) as talker:
        assert len(await central(talker).hand_over(long)) == 7
        length = int(talker.heads[0].lower().split("content-length: ")[1].split("\r\n")[0])
        assert MOST_BYTES - 9000 < length <= MOST_BYTES


@run_async
async def test_hub_with_another_wire_version_is_unavailable() -> None:
    now = datetime.now(UTC).isoformat()
    newer = says("200 OK", json.dumps({"wire": 2, "now": now, "status": "ok"}).encode())
    with talking(newer) as talker, pytest.raises(CentralUnavailable, match="other_wire"):
        await central(talker).ping()


@run_async
async def test_hub_that_does_not_know_the_device_refuses_the_identity(hub: DemoHub) -> None:
    with pytest.raises(CentralUnavailable, match="identity_refused"):
        await HubClient(hub.url, unknown_signer(), timing=PATIENT).ping()


@run_async
async def test_hub_at_another_port_is_requested_under_its_own_name() -> None:
    with talking(says("404 Not Found", b'{"detail": "unknown_item"}')) as talker:
        host = HubClient("http://hub.library.example:8000/lib", unknown_signer(), ("127.0.0.1", talker.port), PATIENT)
        assert await host.item(DUNE) is None
        assert talker.heads[0].startswith(f"GET /lib/api/v1/items/{DUNE} HTTP/1.1\r\n")
        assert "\r\nHost: hub.library.example:8000\r\n" in talker.heads[0]
        header = re.search(r"\r\nAuthorization: (.*)\r\n", talker.heads[0])
        assert header is not None
        claim = request_signature.read_claim(header[1])
        assert claim is not None
        text = request_signature.request_text(STRANGER.device, claim.counter, "GET", f"/api/v1/items/{DUNE}", b"")
        assert request_signature.verifies(request_signature.public_of(STRANGER.private_key), text, claim.signature)


@run_async
async def test_tls_handshake_uses_the_name_of_the_hub() -> None:
    with talking(raw(), tls=True) as talker:
        host = HubClient("https://hub.library.example", unknown_signer(), ("127.0.0.1", talker.port), PATIENT)
        with pytest.raises(CentralUnavailable):
            await host.item(DUNE)
        assert talker.names[0] == "hub.library.example"


@run_async
async def test_system_proxies_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with talking(says("404 Not Found", b'{"detail": "unknown_item"}')) as talker:
        assert await central(talker).item(DUNE) is None


@run_async
async def test_snapshot_pages_follow_the_mark(hub: DemoHub) -> None:
    host = HubClient(hub.url, hub.signer, timing=PATIENT)
    page = await host.snapshot_page("")
    assert page is not None
    assert page.policy is not None
    assert page.whole
    mark = page.mark
    while (later := await host.snapshot_page(mark)) is not None:
        assert not later.whole
        mark = later.mark
    again = await host.snapshot_page("another")
    assert again is not None
    assert again.whole
    assert hub.patrons["plain_1"]["name"] not in page.model_dump_json()
    host.close()
