"""Test each speciality of a dialect in docs/simulator.md against a dialect without it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

import pytest

from kiosk.sip2_simulator.dialects import DIALECTS
from kiosk.sync.sip2.connection import AnswerLost, Sip2Connection
from kiosk.sync.sip2.field_values import stamp
from kiosk.sync.sip2.message import Sip2Message, write
from tests.kiosk.sip2_simulator.dialects_test import ALL, FULL, LOGIN, STATUS, WRONG, raw
from tests.kiosk.sip2_simulator.running_simulator import (
    NOW,
    ZONE,
    Simulated,
    ask,
    checkin,
    checkout,
    connect,
    item,
    patron,
    simulated,
)
from tests.kiosk.sync.bench import run_async

T = TypeVar("T")
STATUS_OF_ADA = Sip2Message("23", {"language": "000", "date": stamp(NOW, ZONE)}, (("AO", ""), ("AA", "1001")))


def run_in(dialect: str, scenario: Callable[[Simulated, Sip2Connection], Awaitable[T]]) -> T:
    async def whole() -> T:
        async with simulated(dialect) as system:
            connection = connect(system, login=dialect != "sip1")
            response = await scenario(system, connection)
            connection.close()
            return response

    return asyncio.run(whole())


@pytest.mark.parametrize(
    ("dialect", "written"),
    [
        ("koha", "20261225    235900"), ("evergreen", "2026-12-20 12:00:00"), ("folio", "20261220    120000"),
        ("strict", "20261220    120000"), ("sip1", "20.12.2026"),
    ],
)  # fmt: skip
def test_due_date_has_the_format_of_the_dialect(dialect: str, written: str) -> None:
    async def scenario(_: Simulated, connection: Sip2Connection) -> str | None:
        due = stamp(datetime(2026, 12, 20, 4, tzinfo=UTC), ZONE)
        return (await ask(connection, checkout("1001", "3001", no_block="Y", nb_due=due))).first("AH")

    assert run_in(dialect, scenario) == written


@pytest.mark.parametrize("dialect", FULL)
def test_only_koha_sends_a_greeting_in_every_response(dialect: str) -> None:
    async def scenario(_: Simulated, connection: Sip2Connection) -> list[str | None]:
        answers = [await ask(connection, patron("1001")), await ask(connection, checkout("1001", "3001"))]
        return [each.first("AF") for each in [*answers, await ask(connection, checkin("3001"))]]

    assert run_in(dialect, scenario) == ["Greetings from Koha. " if dialect == "koha" else None] * 3


@pytest.mark.parametrize("dialect", FULL)
def test_only_evergreen_lists_titles(dialect: str) -> None:
    async def scenario(_: Simulated, connection: Sip2Connection) -> list[str]:
        await ask(connection, checkout("1001", "3001"))
        response = await ask(connection, patron("1001", summary="  Y       ", BP="1", BQ="3"))
        return [value for name, value in response.fields if name == "AU"]

    assert run_in(dialect, scenario) == (["Faust"] if dialect == "evergreen" else ["3001"])


@pytest.mark.parametrize("dialect", FULL)
def test_only_koha_sends_the_owning_branch(dialect: str) -> None:
    async def scenario(_: Simulated, connection: Sip2Connection) -> str | None:
        return (await ask(connection, item("3001"))).first("BG")

    assert run_in(dialect, scenario) == ("main" if dialect == "koha" else None)


@pytest.mark.parametrize("dialect", FULL)
def test_only_koha_rejects_blocked_no_block_checkouts(dialect: str) -> None:
    async def scenario(system: Simulated, connection: Sip2Connection) -> tuple[str, ...]:
        system.library.patrons["1002"].fees = Decimal("5.00")
        system.library.copies["3001"].lost = True
        system.library.copies["3002"].rent = Decimal("1.00")
        sent = [("1001", "3001"), ("1002", "3003"), ("1001", "3002")]
        return tuple([(await ask(connection, checkout(*each, no_block="Y"))).fixed["ok"] for each in sent])

    assert run_in(dialect, scenario) == (("0", "0", "0") if dialect == "koha" else ("1", "1", "1"))


@pytest.mark.parametrize("dialect", FULL)
def test_only_koha_dates_a_no_block_checkout_at_upload(dialect: str) -> None:
    async def scenario(system: Simulated, connection: Sip2Connection) -> str:
        before, due = (stamp(NOW + timedelta(days=each), ZONE) for each in (-7, 14))
        await ask(connection, checkout("1001", "3001", no_block="Y", date=before, nb_due=due))
        (loan,) = system.truth()["loans"]
        return str(loan["due"])[:10]

    assert run_in(dialect, scenario) == ("2026-12-25" if dialect == "koha" else "2026-12-11")


@pytest.mark.parametrize("dialect", FULL)
def test_only_koha_renews_from_the_current_due_date(dialect: str) -> None:
    async def scenario(system: Simulated, connection: Sip2Connection) -> list[str]:
        await ask(connection, checkout("1001", "3001"))
        fixed = {"third_party": "N", "no_block": "N", "date": stamp(NOW, ZONE), "nb_due_date": stamp(NOW, ZONE)}
        days = []
        for _ in range(2):
            await ask(connection, Sip2Message("29", fixed, (("AO", "main"), ("AA", "1001"), ("AB", "3001"))))
            days.append(str(system.truth()["loans"][0]["due"])[:10])
        return days

    assert run_in(dialect, scenario) == (["2027-01-22", "2027-02-19"] if dialect == "koha" else ["2026-12-25"] * 2)


@pytest.mark.parametrize("dialect", FULL)
def test_only_koha_and_evergreen_send_the_card_expiry(dialect: str) -> None:
    async def scenario(system: Simulated, connection: Sip2Connection) -> str | None:
        system.library.patrons["1001"].expires = NOW + timedelta(days=9)
        return (await ask(connection, patron("1001"))).first("PA")

    assert run_in(dialect, scenario) == ("20261206" if dialect in ("koha", "evergreen") else None)


@pytest.mark.parametrize("dialect", FULL)
def test_only_folio_needs_a_location_and_routes_items_to_their_branch(dialect: str) -> None:
    async def scenario(system: Simulated, connection: Sip2Connection) -> tuple[str, str, str | None]:
        system.library.copies["3001"].branch = "east"
        await ask(connection, checkout("1001", "3001"))
        back = await ask(connection, checkin("3001"))
        unlent = await ask(connection, checkin("3002"))
        return back.fixed["ok"], unlent.fixed["ok"], back.first("CV")

    assert run_in(dialect, scenario) == (("1", "1", "04") if dialect == "folio" else ("1", "0", None))

    async def last_response_without_location(system: Simulated) -> str:
        received = await raw(system, LOGIN.replace(b"CPmain|", b"")[:-10] + b"\r", _plain(checkin("3001")))
        return received[-1][:3]

    async def scenario_without_location() -> str:
        async with simulated(dialect) as system:
            await ask(connection := connect(system), checkout("1001", "3001"))
            connection.close()
            return await last_response_without_location(system)

    assert asyncio.run(scenario_without_location()) == ("100" if dialect == "folio" else "101")


def _plain(message: Sip2Message) -> bytes:
    return write(message).encode() + b"\r"


@pytest.mark.parametrize("dialect", FULL)
def test_folio_desensitizes_renewals_and_strict_rejects_undated_checkouts(dialect: str) -> None:
    async def scenario(_: Simulated, connection: Sip2Connection) -> str:
        await ask(connection, checkout("1001", "3001"))
        fixed = {"third_party": "N", "no_block": "N", "date": stamp(NOW, ZONE), "nb_due_date": stamp(NOW, ZONE)}
        renewed = await ask(connection, Sip2Message("29", fixed, (("AO", "main"), ("AA", "1001"), ("AB", "3001"))))
        return renewed.fixed["desensitize"]

    assert run_in(dialect, scenario) == ("Y" if dialect == "folio" else "N")

    async def undated(_: Simulated, connection: Sip2Connection) -> str:
        asked = checkout("1001", "3001")
        undated_checkout = Sip2Message("11", {**asked.fixed, "nb_due_date": " " * 18}, asked.fields)
        try:
            return (await ask(connection, undated_checkout)).fixed["ok"]
        except AnswerLost:
            return "hung up"

    assert run_in(dialect, undated) == ("hung up" if dialect == "strict" else "1")


@pytest.mark.parametrize("dialect", ALL)
def test_patron_status_differs_by_dialect(dialect: str) -> None:
    """Without a PIN some report it as wrong; strict sends no counts."""

    async def scenario(_: Simulated, connection: Sip2Connection) -> tuple[str | None, str]:
        response = await ask(connection, STATUS_OF_ADA)
        counted = "" if dialect == "sip1" else (await ask(connection, patron("1001"))).fixed["charged"]
        return response.first("CQ"), counted

    counts = {"strict": "    ", "sip1": ""}.get(dialect, "0000")
    assert run_in(dialect, scenario) == (None if dialect == "evergreen" else "N", counts)


@pytest.mark.sip2_fact("G37")
@pytest.mark.parametrize("dialect", ALL)
def test_repeated_checkout_renews_only_in_koha_and_sip1(dialect: str) -> None:
    async def scenario(system: Simulated, connection: Sip2Connection) -> tuple[str, list[str]]:
        await ask(connection, checkout("1001", "3001"))
        again = await ask(connection, checkout("1001", "3001"))
        return again.fixed["renewal_ok"], [each["did"] for each in system.truth()["events"]]

    renews = dialect in ("koha", "sip1")
    assert run_in(dialect, scenario) == (("Y", ["checkout", "renew"]) if renews else ("N", ["checkout"]))


@pytest.mark.parametrize(
    ("dialect", "first", "refused", "again"),
    [
        ("koha", ["CLOSED"], ["940", "CLOSED"], "AY0"),
        ("evergreen", ["CLOSED"], ["940"], "AY0"),
        ("folio", ["98YYYYYY"], ["940"], "AY1"),
        ("strict", ["CLOSED"], ["940", "CLOSED"], "AY1"),
        ("sip1", ["98YYYYYY"], ["96"], "AY1"),
    ],
)
@run_async
async def test_login_errors_and_resend_requests_differ_by_dialect(
    dialect: str, first: list[str], refused: list[str], again: str
) -> None:
    async with simulated(dialect) as system:
        assert [each[:8] for each in await raw(system, STATUS)] == first
        assert await raw(system, WRONG) == refused
        reader, writer = await asyncio.open_connection("127.0.0.1", system.port)
        received = b""
        for each in (*([LOGIN] if dialect != "sip1" else []), STATUS, b"97AZFEF5\r"):
            writer.write(each)
            received = await reader.read(4096)
        writer.close()
        end = {"koha": b"\r\n", "strict": received[-1:]}.get(dialect, b"\r")
        assert received.endswith(end) and (received[-1:] not in b"\r\n") is (dialect == "strict")
        assert again in received.decode()


@pytest.mark.parametrize(
    ("dialect", "title"),
    [("folio", b"\x9aber"), ("strict", b"\x9aber"), ("sip1", b"\xdcber"), ("koha", "Über".encode())],
)
def test_dialect_has_its_default_charset(dialect: str, title: bytes) -> None:
    async def scenario() -> bytes:
        async with simulated(dialect) as system:
            reader, writer = await asyncio.open_connection("127.0.0.1", system.port)
            received = b""
            for each in (LOGIN, _plain(checkout("1001", "3004"))):
                writer.write(each)
                received = await reader.read(4096)
            writer.close()
            return received

    assert title in asyncio.run(scenario())


@pytest.mark.parametrize("dialect", ALL)
def test_acs_status_lists_supported_messages_and_version(dialect: str) -> None:
    async def scenario(_: Simulated, connection: Sip2Connection) -> tuple[str | None, str, str]:
        await ask(connection, STATUS_OF_ADA)
        assert connection.status is not None
        return connection.status.first("BX"), connection.status.fixed["version"], connection.status.fixed["timeout"]

    old = dialect == "sip1"
    taken = None if old else "YYYYYYNYYYYYYNYY" if dialect == "koha" else "YYYYYYNYNYYYYNYY"
    assert run_in(dialect, scenario) == (taken, "1.00" if old else "2.00", "100")
    assert DIALECTS[dialect].speaks >= {"99", "23", "11", "09", "97"}


def test_koha_has_its_own_field_order() -> None:
    async def scenario(_: Simulated, connection: Sip2Connection) -> list[str]:
        return [name for name, _value in (await ask(connection, patron("1001", "1234"))).fields][:4]

    assert run_in("koha", scenario) == ["AE", "AA", "BL", "CQ"]
    assert run_in("evergreen", scenario) == ["AO", "AA", "AE", "BL"]
