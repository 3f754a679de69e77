"""Test against third-party SIP2 programs: a server with its codec (pysip2), and a client (Sip2).

Their framing, checksums and decoding are independent of ours. The server's loans are our own handlers, so the loan
rules of real systems are not tested.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kiosk.central import Accepted, PinVerdict, Refused
from kiosk.sip2_simulator.dialects import DIALECTS, LENDING
from kiosk.sync.sip2.message import LAYOUTS, Sip2Message, read, wrap, write
from kiosk.sync.sip2.requests import LOANS, login
from lending.model import Account, ItemId, ItemStatus
from lending.transactions import Checkin, Checkout, Renew, ReturnMode
from tests.kiosk.sip2_simulator.running_simulator import NOW, simulated
from tests.kiosk.sync.bench import run_async
from tests.kiosk.sync.central_contract import in_weeks, one
from tests.kiosk.sync.sip2.client_test import ACCOUNT, KEYS, System, stand_of
from tests.kiosk.sync.sip2.facts_test import requests
from tests.kiosk.sync.sip2_servers.environments import HERE, python_of

ADA = KEYS.reference("1001")
BOOK = ItemId("3002")


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    """Port of pysip2's server."""
    process = subprocess.Popen([python_of("pysip2"), HERE / "remote_server.py"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def decoded(frames: list[tuple[str, bytes]]) -> list[dict[str, Any]]:
    """Decode frames by pysip2's codec, each in its charset."""
    lines = "".join(f"{charset} {data.hex()}\n" for charset, data in frames)
    command = [python_of("pysip2"), HERE / "remote_codec.py"]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def values_of(far: dict[str, Any]) -> list[str]:
    """All decoded values, sorted, because its field names differ from ours."""
    found: list[str] = []
    for each in far["values"].values():
        found += [each] if isinstance(each, str) else each or []
    return sorted(each for each in found if each)


def ours(message: Sip2Message) -> list[str]:
    return sorted(each for each in [*message.fixed.values(), *(value for _, value in message.fields)] if each)


@run_async
async def test_whole_visit_succeeds(server: int, tmp_path: Path) -> None:
    system = System("strict", tmp_path, port=server)
    central, stand = system.central(), stand_of(system)
    assert await central.check_pin(ADA, "1234") is PinVerdict.RIGHT
    assert await central.check_pin(ADA, "9999") is PinVerdict.WRONG
    assert isinstance(await one(central, stand.row(Checkout(ADA, BOOK, in_weeks()))), Accepted)
    assert isinstance(await one(central, stand.row(Checkout(KEYS.reference("1002"), BOOK, in_weeks()))), Refused)
    account = await central.account(ADA)
    assert isinstance(account, Account)
    assert [(each.id, each.title) for each in account.loans] == [(BOOK, "Über alles")]
    assert account.loans[0].due is not None
    assert isinstance(await one(central, stand.row(Renew(ADA, BOOK, in_weeks(8)))), Accepted)
    back = await one(central, stand.row(Checkin(BOOK, ReturnMode.TRUSTED)))
    assert back == Accepted(place="bin 2")
    item = await central.item(BOOK)
    assert item is not None and item.status is ItemStatus.ON_SHELF
    assert await central.item(ItemId("9999")) is None
    central.close()


@run_async
async def test_restarted_kiosk_finds_its_loan_and_makes_no_second_one(server: int, tmp_path: Path) -> None:
    system = System("strict", tmp_path, port=server)
    first, row = system.central(), stand_of(system).row(Checkout(ADA, ItemId("3003"), in_weeks()))
    assert isinstance(await one(first, row), Accepted)
    first.close()
    again = system.central(born=False)
    assert isinstance(await one(again, row), Accepted)
    assert isinstance(await one(again, stand_of(system).row(Checkin(ItemId("3003"), ReturnMode.BIN))), Accepted)
    again.close()


def test_codec_reads_our_messages() -> None:
    builder, due = requests(branch="CPL"), datetime(2026, 12, 25, 15, 59, tzinfo=UTC)
    login_request = login(ACCOUNT)
    assert login_request is not None
    messages = [
        login_request,
        Sip2Message("99", {"status": "0", "max_print_width": "042", "protocol_version": "2.00"}),
        builder.patron("1001", "1234", listed=LOANS, first=1, last=10),
        builder.item(ItemId("3001")),
        builder.checkout("1001", ItemId("3001"), NOW, due, happened=True, agreed=True),
        builder.renew("Müller", ItemId("3001"), NOW, due, happened=False),
        builder.checkin(ItemId("3001"), NOW, happened=True),
    ]
    far = decoded([("cp850", wrap(write(each), number, "cp850")) for number, each in enumerate(messages)])
    assert [each["sequence"] for each in far] == list(range(len(messages)))
    assert all(each["sound"] for each in far)
    assert [values_of(each) for each in far] == [ours(each) for each in messages]


@pytest.mark.parametrize("dialect", LENDING)
def test_codec_reads_the_answers_of_our_simulator(dialect: str) -> None:
    """It ignores fields beyond the guide."""
    charset = DIALECTS[dialect].charset
    answers = asyncio.run(simulator_answers(dialect))
    far = decoded([(charset, each) for each in answers])
    assert all(each["sound"] for each in far)
    for frame, each in zip(answers, far, strict=True):
        message = read(frame[:-10].decode(charset))
        known = set(LAYOUTS[message.code].ids) - {"CC", "CV", "CT", "CY", "DA", "PA", "CR", "CS", "PB", "PC", "PI"}
        mine = Sip2Message(
            message.code, message.fixed, [(name, value) for name, value in message.fields if name in known]
        )
        assert values_of(each) == ours(mine)


async def simulator_answers(dialect: str) -> list[bytes]:
    """Responses to a visit, ending with CR only, as that codec requires."""
    builder, due = requests(), datetime(2026, 12, 25, 15, 59, tzinfo=UTC)
    login_request = login(ACCOUNT)
    assert login_request is not None
    messages = (
        login_request,
        builder.checkout("1001", ItemId("3001"), NOW, due, happened=False),
        builder.patron("1001", "1234", listed=LOANS, first=1, last=3),
        builder.item(ItemId("3001")),
        builder.checkin(ItemId("3001"), NOW, happened=False),
        builder.checkout("1001", ItemId("9999"), NOW, due, happened=False),
        builder.patron("7777"),
    )
    answers = []
    async with simulated(dialect) as system:
        reader, writer = await asyncio.open_connection("127.0.0.1", system.port)
        for number, each in enumerate(messages):
            writer.write(wrap(write(each), number, system.speech.charset))
            answers.append((await reader.readuntil(b"\r")).lstrip(b"\n"))
        writer.close()
    return answers


@pytest.mark.parametrize("dialect", LENDING)
def test_client_completes_a_visit_at_our_simulator(dialect: str, tmp_path: Path) -> None:
    """The client writes its own log file."""

    async def story() -> tuple[dict[str, Any], list[str]]:
        async with simulated(dialect, "utf-8") as system:
            command = (python_of("sip2"), HERE / "remote_client.py", str(system.port), "utf-8", "1001")
            pipe = asyncio.subprocess.PIPE
            process = await asyncio.create_subprocess_exec(*command, cwd=tmp_path, stdout=pipe, stderr=pipe)
            out, complaint = await process.communicate()
            assert process.returncode == 0, complaint.decode()
            assert [each.name for each in tmp_path.iterdir()] == ["sip2.log"]
            return json.loads(out.splitlines()[0]), [each.did for each in system.library.events]

    seen, did = asyncio.run(story())
    assert did == ["checkout", "renew", "checkin"]
    assert (seen["online"], seen["patron"]) == (True, True)
    assert seen["loans"][:1] == ["Faust" if DIALECTS[dialect].titles_as_loans else "3001"]
    assert "Faust" in seen["item"] and "'Ok': '1'" in seen["checkout"] and "'Ok': '1'" in seen["checkin"]
