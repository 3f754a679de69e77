"""Test against invenio-sip2's server and codec: framing, checksums, fixed fields and field ids.

Its encoding and decoding are independent of ours. Circulation is implemented by our own handlers, so the loan rules of
real systems are not tested. It checks sequence number and checksum of the first message only, so each line of both
sides is checked here as well.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kiosk.central import Accepted, CentralUnavailable, PinVerdict, Refused
from kiosk.sip2_simulator.dialects import LENDING
from kiosk.sync.sip2.client import Sip2Client
from kiosk.sync.sip2.connection import STATUS, AnswerLost, Peer, Sip2Connection, Speech, Timing
from kiosk.sync.sip2.message import LAYOUTS, Sip2Message, read, unwrap, wrap, write
from kiosk.sync.sip2.requests import LOANS, login
from kiosk.sync.sip2.server_probe import ServerBehaviour, look
from lending.model import Account, Block, ItemId, ItemStatus, Patron, Reason
from lending.transactions import Checkin, Checkout, Renew, ReturnMode
from tests.kiosk.sip2_simulator.running_simulator import NOW, simulated
from tests.kiosk.sync.bench import run_async
from tests.kiosk.sync.central_contract import in_weeks, one
from tests.kiosk.sync.sip2.client_test import ACCOUNT, KEYS, RepeatingClient, System, stand_of
from tests.kiosk.sync.sip2.facts_test import requests
from tests.kiosk.sync.sip2_servers.environments import HERE, python_of
from tests.kiosk.sync.sip2_servers.recording_proxy import Tap, tapped

ADA, UNKNOWN = KEYS.reference("1001"), KEYS.reference("7777")
FAUST, BOOK = ItemId("3001"), ItemId("3002")
NAMES: Mapping[str | tuple[str, str], str] = {
    "sc_renewal_policy": "renewal_policy", "transaction_date": "date", "third_party_allowed": "third_party",
    "status_code": "status", "online_status": "online", "checkin_ok": "checkin", "checkout_ok": "checkout",
    "acs_renewal_policy": "renewal", "status_update_ok": "status_update", "offline_ok": "offline",
    "timeout_period": "timeout", "retries_allowed": "retries", "date_time_sync": "date",
    ("98", "protocol_version"): "version", "magnetic_media": "magnetic", "patron_status": "flags",
    "hold_items_count": "holds", "overdue_items_count": "overdue", "charged_items_count": "charged",
    "fine_items_count": "fines", "recall_items_count": "recalls", "unavailable_holds_count": "unavailable_holds",
    ("29", "nb_due_date"): "date", ("29", "transaction_date"): "nb_due_date",
}  # fmt: skip
"""Its names of fixed fields that differ from ours; in its 29 the two dates are swapped."""
CHARSET = "utf-8"
"""Charset of invenio-sip2."""


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    """Port of the server."""
    process = subprocess.Popen(
        [python_of("invenio_sip2"), HERE / "remote_invenio.py"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def lines(stream: bytearray) -> list[bytes]:
    """Messages on a connection, split at CR, including an unterminated rest."""
    return [each for each in bytes(stream).split(b"\r") if each]


def is_sound(line: bytes) -> bool:
    """Whether bytes up to `AZ` and the checksum add up to zero, computed without the client's code."""
    found = re.fullmatch(rb"(.*AZ)([0-9A-F]{4})", line, re.DOTALL)
    return found is not None and (sum(found[1]) + int(found[2], 16)) % 0x10000 == 0


def numbers(stream: bytearray) -> list[bytes]:
    """The sequence number of each line."""
    return [each[-7:-6] for each in lines(stream)]


def talker(port: int, *, user: bool = True, answer: float = 5.0) -> Sip2Connection:
    return Sip2Connection(Peer("127.0.0.1", port), Speech(), login(ACCOUNT) if user else None, Timing(answer=answer))


@run_async
async def test_whole_visit_exchanges_only_sound_lines(server: int, tmp_path: Path) -> None:
    async with tapped(server) as tap:
        system = System("koha", tmp_path, port=tap.port)  # its charset, and its handling of 18 blanks
        central, stand = system.central(), stand_of(system)
        assert await central.check_pin(ADA, "9999") is PinVerdict.WRONG
        assert await central.check_pin(ADA, "1234") is PinVerdict.RIGHT
        patron = await central.patron(ADA)
        assert isinstance(patron, Patron) and patron.barred is None and patron.name
        assert await central.patron(UNKNOWN) == Block(Reason.UNKNOWN_CARD)
        assert await central.item(ItemId("9999")) is None
        assert isinstance(await one(central, stand.row(Checkout(ADA, BOOK, in_weeks()))), Accepted)
        again = await one(central, stand.row(Checkout(ADA, BOOK, in_weeks())))
        assert again == Refused(Block(Reason.ALREADY_YOURS))
        account = await central.account(ADA)
        assert isinstance(account, Account)
        assert [(each.id, each.title, each.due) for each in account.loans] == [(BOOK, "Über alles", day(2026, 12, 25))]
        assert await one(central, stand.row(Renew(ADA, BOOK, in_weeks(8)))) == Accepted(day(2027, 1, 22))
        assert await one(central, stand.row(Checkin(BOOK, ReturnMode.TRUSTED))) == Accepted(place="bin 2")
        assert await one(central, stand.row(Checkin(FAUST, ReturnMode.TRUSTED))) == Refused(Block(Reason.NOT_ON_LOAN))
        item = await central.item(BOOK)
        assert item is not None and item.status is ItemStatus.ON_SHELF
        central.forget()
        await central.parting.say()
        central.close()
    assert_sound(tap)


def day(year: int, month: int, date: int) -> datetime:
    """A minute before the end of the day at the library."""
    return datetime(year, month, date, 15, 59, tzinfo=UTC)


def assert_sound(tap: Tap) -> None:
    """Assert one connection with every message kind; all lines are sound, end with CR and have equal numbers."""
    (asked,), (answered,) = tap.asked, tap.answered
    assert {each[:2] for each in lines(asked)} == {b"93", b"99", b"63", b"17", b"11", b"09", b"29", b"35"}
    assert {each[:2] for each in lines(answered)} == {b"94", b"98", b"64", b"18", b"12", b"10", b"30", b"36"}
    for stream in (asked, answered):
        assert stream.endswith(b"\r") and b"\n" not in stream
        assert [each for each in lines(stream) if not is_sound(each)] == []
    assert numbers(asked) == [b"%d" % (each % 10) for each in range(len(lines(asked)))]
    assert numbers(answered) == numbers(asked)


@run_async
async def test_unterminated_answer_to_97_is_accepted(server: int) -> None:
    async with tapped(server, spoils=b"18") as tap:
        line = talker(tap.port)
        item = await line.ask(requests().item(FAUST))
        assert (item.first("AB"), item.first("AJ")) == ("3001", "Faust")
        line.close()
        assert lines(tap.asked[0])[-1] == b"97AZFEF5"
        first, again = lines(tap.answered[0])[-2:]
        assert first == again and is_sound(again) and not is_sound(again.replace(b"Faust", b"Fausu"))
        assert not tap.answered[0].endswith(b"\r")


@pytest.mark.parametrize(("kind", "asked"), [(Sip2Client, 1), (RepeatingClient, 2)], ids=["ours", "control"])
@run_async
async def test_checkout_with_a_lost_answer_is_looked_up(
    server: int, tmp_path: Path, kind: type[Sip2Client], asked: int
) -> None:
    """The control repeats the request instead."""
    async with tapped(server, loses=b"12") as tap:
        system = System("koha", tmp_path, port=tap.port)
        central, stand = system.central(kind=kind), stand_of(system)
        row = stand.row(Checkout(ADA, FAUST, in_weeks()))
        with pytest.raises(AnswerLost):
            await one(central, row)
        assert isinstance(await one(central, row), Accepted) == (kind is Sip2Client)
        assert isinstance(await one(central, stand.row(Checkin(FAUST, ReturnMode.TRUSTED))), Accepted)
        central.close()
        codes = [each[:2] for connection in tap.asked for each in lines(connection)]
        assert codes.count(b"11") == asked
        assert len(tap.asked) == 2


@run_async
async def test_answer_none_without_an_ending_is_lost(server: int) -> None:
    """It also lacks an ending and would precede the next answer, so the next request uses a new connection."""
    async with tapped(server) as tap:
        line = talker(tap.port, answer=0.5)
        with pytest.raises(AnswerLost):
            await line.ask(Sip2Message("65", {"date": "20261127    120000"}, [("AO", "main"), ("AA", "1001")]))
        item = await line.ask(requests().item(FAUST))
        assert item.first("AJ") == "Faust"
        line.close()
        assert tap.answered[0].endswith(b"\rNone")
        assert [each[:2] for each in lines(tap.asked[1])] == [b"93", b"99", b"17"]


@run_async
async def test_none_before_login_counts_as_unavailable(server: int) -> None:
    async with tapped(server) as tap:
        line = talker(tap.port, user=False, answer=0.5)
        with pytest.raises(CentralUnavailable):
            await line.ask(STATUS)
        assert tap.answered == [bytearray(b"None")]


@run_async
async def test_wrong_password_is_reported_as_refused_login(server: int) -> None:
    other = login(replace(ACCOUNT, password="another"))
    line = Sip2Connection(Peer("127.0.0.1", server), Speech(), other)
    with pytest.raises(CentralUnavailable, match="login_refused"):
        await line.ask(STATUS)


@run_async
async def test_unknown_server_behaviour_looks_generic(server: int) -> None:
    seen = await look(Peer("127.0.0.1", server), Speech(), login(ACCOUNT))
    assert seen.manners == ServerBehaviour(end="cr", resend="unended", unknown="closed")
    assert seen.looks_like == "generic"
    assert not seen.forbids() and not seen.denies()


@run_async
async def test_checksum_of_three_digits_is_accepted(server: int) -> None:
    async with tapped(server) as tap:
        line = talker(tap.port)
        patron = await line.ask(requests().patron("1009"))
        assert patron.values("AF") == ("x" * 120,) * 4
        line.close()
        assert re.search(rb"AY2AZ[0-9A-F]{3}\r$", tap.answered[0])
        assert lines(tap.asked[0])[-1].startswith(b"63")


def decoded(frames: list[bytes]) -> list[dict[str, Any]]:
    """Decode frames without endings by its codec."""
    command = [python_of("invenio_sip2"), HERE / "remote_invenio_codec.py"]
    lines = "".join(f"{each.hex()}\n" for each in frames)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def visit_requests() -> list[Sip2Message]:
    """Requests of a visit, and one for an unknown item."""
    says, due = requests(branch="CPL"), datetime(2026, 12, 25, 15, 59, tzinfo=UTC)
    login_request = login(ACCOUNT)
    assert login_request is not None
    return [
        login_request,
        STATUS,
        says.patron("1001", "1234", listed=LOANS, first=1, last=10),
        says.item(FAUST),
        says.checkout("1001", FAUST, NOW, due, happened=True, agreed=True),
        says.renew("1001", FAUST, NOW, due, happened=False),
        says.checkin(FAUST, NOW, happened=True),
        says.end_session("1001"),
        says.checkout("林样本", ItemId("9999"), NOW, due, happened=False),
        says.patron("Müller"),
    ]


def assert_read_as(far: dict[str, Any], mine: Sip2Message) -> None:
    """Assert equal fields; fixed fields are compared by name to detect swapped ones."""
    names = [NAMES.get((mine.code, name), NAMES.get(name, name)) for name in far["fixed"]]
    assert names == [name for name, _ in LAYOUTS[mine.code].fixed]
    assert dict(zip(names, far["fixed"].values(), strict=True)) == dict(mine.fixed)
    assert sorted(map(tuple, far["fields"])) == sorted(mine.fields)
    assert far["sound"]


def test_codec_reads_our_messages() -> None:
    messages = visit_requests()
    far = decoded([wrap(write(each), number, CHARSET, b"") for number, each in enumerate(messages)])
    assert [each["sequence"] for each in far] == [str(number) for number in range(len(messages))]
    for each, mine in zip(far, messages, strict=True):
        assert_read_as(each, mine)


@pytest.mark.long
def test_codec_reads_the_answers_of_our_simulator() -> None:
    """Includes fields beyond the guide."""
    answers = [each for dialect in LENDING for each in asyncio.run(simulator_answers(dialect))]
    assert len(answers) == len(LENDING) * len(visit_requests())
    for each, raw in zip(decoded(answers), answers, strict=True):
        assert_read_as(each, read(unwrap(raw, CHARSET).text))


async def simulator_answers(dialect: str) -> list[bytes]:
    """Responses of a simulator dialect to that visit, without endings."""
    answers = []
    async with simulated(dialect, CHARSET) as system:
        reader, writer = await asyncio.open_connection("127.0.0.1", system.port)
        for number, each in enumerate(visit_requests()):
            writer.write(wrap(write(each), number, CHARSET))
            answers.append((await reader.readuntil(b"\r")).strip())
        writer.close()
    return answers
