"""Test the hub's client: the contract on a real hub process, and hostile hosts over a real socket."""

from __future__ import annotations

import asyncio
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
from pathlib import Path
from typing import Any

import pytest

from kiosk.central import Accepted, CentralUnavailable, JournalRow, Refused, RetryLater, SetAside
from kiosk.journal.journal import Journal, Moment
from kiosk.sync.http import Host, Reply, Timing
from kiosk.sync.hub_client import HubClient, HubPatronRecord, RandomDeviceSigner, is_hub_at
from lending import request_signature
from lending.model import Block, CardRef, ItemId, Reason
from lending.request_signature import Claim
from lending.transactions import ClockTrust, TransactionId
from lending.wire import MOST_BYTES, TransactionsRequest, encode
from tests.kiosk.sync.bench import ADA, DUE, DUNE, LIN, START, checkout, run_async
from tests.kiosk.sync.central_contract import CentralContract, Stand
from tests.kiosk.sync.demo_hub import DemoHub
from tests.kiosk.sync.fixed_reply_host import Speech, Talker, raw, says, talking
from tests.kiosk.sync.patience import PATIENT
from tests.kiosk.sync.unknown_device import STRANGER, unknown_signer

HASTE = Timing(connect=0.2, read=0.2, whole=0.5)
"""Short time limits for a host that does not answer."""
PORTAL = b"<!DOCTYPE html><html><body>Please accept the terms of this network</body></html>"
ID = "01a212cc-3ca0-7025-be69-c20444d48d3c"
UNREADABLE = says("422 Unprocessable Entity", b'{"detail": "rows.0: no text"}')
HEALTHY = says("200 OK", json.dumps({"wire": 1, "now": START.isoformat(), "status": "ok"}).encode())
NEWER = says("200 OK", json.dumps({"wire": 2, "now": START.isoformat(), "status": "ok"}).encode())
UNKNOWN_CARD = says("404 Not Found", b'{"detail": "unknown_card"}')
PRIVATE = b"h" * 32
HUB_KEY = request_signature.public_of(PRIVATE)
REFUSAL = b'{"detail":"unknown_device"}'
NOW = Moment(datetime(2026, 11, 25, 6, 30, tzinfo=UTC), ClockTrust.SYNCED, "boot", 7)


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


def fresh(path: Path) -> Journal:
    Journal.create(path)
    return Journal.open(path)


def test_row_keeps_its_journal_id_after_reopening(tmp_path: Path) -> None:
    first, second = fresh(tmp_path / "first"), fresh(tmp_path / "second")
    row = first.append("checkin", "{}", NOW, no_block=True)
    assert row.journal == first.kiosk != second.kiosk
    assert second.append("checkin", "{}", NOW, no_block=True).journal == second.kiosk
    first.close_file()
    assert Journal.open(tmp_path / "first").pending() == [row]


@run_async
async def test_upload_names_the_journal_and_the_current_boot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []
    journal = fresh(tmp_path / "journal")
    row = journal.append("checkin", '{"item":"1","mode":"bin"}', NOW, no_block=True)

    def answers(_host: Host, _path: str, _most: int, body: bytes, _again: bool) -> Reply:
        sent.append(body)
        reply = {"wire": 1, "answers": [{"id": row.id, "outcome": "accepted"}]}
        return Reply(200, json.dumps(reply).encode(), 0.0)

    monkeypatch.setattr(Host, "post", answers)
    assert await HubClient("http://127.0.0.1:9", unknown_signer()).hand_over([row]) == [Accepted()]
    silent = TransactionsRequest.model_validate_json(sent[0])
    assert (silent.journal, silent.boot, silent.mono_ns) == (journal.kiosk, "", None)
    counting = iter((("boot", 70), ("boot", 80)))
    stamped = HubClient("http://127.0.0.1:9", unknown_signer(), stamp=lambda: next(counting))
    await stamped.hand_over([row])
    await stamped.hand_over([row])
    uploads = [TransactionsRequest.model_validate_json(body) for body in sent[1:]]
    assert [(each.boot, each.mono_ns) for each in uploads] == [("boot", 70), ("boot", 80)]


class Hub:
    """Accepts every code once released; records the token of each page request."""

    def __init__(self) -> None:
        self.lets = {ADA: asyncio.Event(), LIN: asyncio.Event()}
        self.shown: list[str] = []

    async def ask(self, card: CardRef, what: str, body: bytes | None) -> Reply:
        if what == "code/check":
            await self.lets[card].wait()
            return Reply(200, json.dumps({"verdict": "right", "token": f"opens-{card[0]}"}).encode(), 0)
        self.shown.append(json.loads(body or b"{}")["token"])
        return Reply(200, b'{"url": ""}', 0)


def test_late_verification_of_another_card_changes_nothing() -> None:
    async def run() -> list[str]:
        hub = Hub()
        own = HubPatronRecord(hub.ask)
        before = asyncio.ensure_future(own.check_code(ADA, "1"))
        await asyncio.sleep(0)
        hub.lets[LIN].set()
        await own.check_code(LIN, "2")
        hub.lets[ADA].set()
        await before
        for card in (LIN, ADA):
            await own.page(card)
        return hub.shown

    assert asyncio.run(run()) == ["opens-b", ""]


def test_forget_removes_tokens_from_memory() -> None:
    async def run() -> list[str]:
        hub = Hub()
        own = HubPatronRecord(hub.ask)
        hub.lets[ADA].set()
        await own.check_code(ADA, "1")
        await own.page(ADA)
        own.forget()
        assert "opens" not in repr(vars(own))
        await own.page(ADA)
        late = asyncio.ensure_future(own.check_code(LIN, "2"))
        await asyncio.sleep(0)
        own.forget()
        hub.lets[LIN].set()
        await late
        assert "opens" not in repr(vars(own))
        return hub.shown

    assert asyncio.run(run()) == ["opens-a", ""]
