"""Test the simulator on a real socket with the kiosk's connection: the same visit in every dialect."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime

import pytest

from kiosk.central import CentralUnavailable
from kiosk.sip2_simulator.dialects import DIALECTS
from kiosk.sync.sip2.field_values import Flag, flags, moment, stamp
from kiosk.sync.sip2.message import CHARSETS, Frames, Sip2Message, unwrap, wrap
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

ALL = list(DIALECTS)
FULL = [each for each in ALL if each != "sip1"]


@pytest.mark.parametrize("dialect", FULL)
@run_async
async def test_visit_works_in_every_dialect(dialect: str) -> None:
    async with simulated(dialect) as system:
        connection = connect(system)
        known = await ask(connection, patron("1001", "1234"))
        assert (known.first("BL"), known.first("CQ"), known.first("AE")) == ("Y", "Y", "Ada Sample")
        assert flags(known.fixed["flags"]) == frozenset()
        assert (await ask(connection, patron("1001", "9999"))).first("CQ") == "N"
        assert (await ask(connection, patron("7777"))).first("BL") == "N"
        lent = await ask(connection, checkout("1001", "3001"))
        assert lent.fixed["ok"] == "1" and lent.first("AJ") == "Faust"
        due = moment(lent.first("AH") or "", ZONE)
        assert due and due.date() == date(2026, 12, 25)
        other = await ask(connection, checkout("1002", "3001"))
        assert other.fixed["ok"] == "0"
        back = await ask(connection, checkin("3001"))
        assert back.fixed["ok"] == "1"
        assert [each["did"] for each in system.truth()["events"]] == ["checkout", "checkin"]
        connection.close()


@pytest.mark.sip2_fact("G11")
@pytest.mark.parametrize("charset", CHARSETS)
def test_titles_are_encoded_with_question_marks_for_missing_characters(charset: str) -> None:
    async def scenario() -> list[str]:
        async with simulated("koha", charset) as system:
            connection = connect(system)
            titles = [(await ask(connection, item(each))).first("AJ") or "" for each in ("3002", "3003", "3004")]
            connection.close()
            return titles

    titles = asyncio.run(scenario())
    written = ("围城", "Тунгалаг Тамир", "Über alles &#124; und nichts")
    assert titles == [each.encode(charset, errors="replace").decode(charset) for each in written]
    assert ("?" not in titles[0]) is (charset in ("utf-8", "gbk", "gb18030"))
    assert ("?" not in titles[2]) is (charset in ("utf-8", "gb18030", "cp850", "latin-1"))


@run_async
async def test_checkout_with_a_fee_needs_acknowledgement() -> None:
    async with simulated("koha", temper="fees") as system:
        connection = connect(system)
        asked = await ask(connection, checkout("1001", "3001"))
        assert (asked.fixed["ok"], asked.first("BV"), asked.first("AF")) == ("0", "5.00", None)
        agreed = await ask(connection, checkout("1001", "3001", BO="Y"))
        assert agreed.fixed["ok"] == "1"
        connection.close()


@run_async
async def test_return_with_a_hold_is_trapped_and_names_the_patron() -> None:
    async with simulated("koha") as system:
        connection = connect(system)
        await ask(connection, checkout("1001", "3001"))
        system.orders.turn("trapping", 1, system.library)
        back = await ask(connection, checkin("3001"))
        assert (back.fixed["alert"], back.first("CV"), back.first("CY")) == ("Y", "01", "1999")
        assert (await ask(connection, item("3001"))).fixed["circulation_status"] == "08"
        connection.close()


@pytest.mark.sip2_fact("G33")
@run_async
async def test_item_lists_are_paged() -> None:
    async with simulated("koha") as system:
        connection = connect(system)
        for barcode in ("3001", "3002", "3003"):
            await ask(connection, checkout("1001", barcode))
        asked = patron("1001", summary="  Y       ", BP="2", BQ="5")
        response = await ask(connection, asked)
        assert response.values("AU") == ("3002", "3003")
        assert response.fixed["charged"] == "0003"
        connection.close()


@pytest.mark.sip2_fact("G43")
@run_async
async def test_no_block_checkout_keeps_its_original_due_date() -> None:
    async with simulated("evergreen") as system:
        system.library.patrons["1001"].blocked = True
        connection = connect(system)
        day = datetime(2026, 11, 20, 12, tzinfo=UTC)
        sent = checkout("1001", "3001", no_block="Y", date=stamp(day, ZONE), nb_due=stamp(day.replace(month=12), ZONE))
        assert (await ask(connection, sent)).fixed["ok"] == "1"
        (loan,) = system.truth()["loans"]
        assert datetime.fromisoformat(loan["due"]).astimezone(UTC) == day.replace(month=12)
        connection.close()


@pytest.mark.parametrize(("flagged", "flag"), [("lost-cards", Flag.CARD_LOST), ("at-limit", Flag.TOO_MANY_CHARGED)])
@run_async
async def test_fault_mode_sets_its_patron_flag(flagged: str, flag: Flag) -> None:
    async with simulated("koha", temper=flagged) as system:
        connection = connect(system)
        assert flag in flags((await ask(connection, patron("1001", "1234"))).fixed["flags"])
        connection.close()


@pytest.mark.sip2_fact("G30")
@pytest.mark.parametrize("flag", list(Flag))
@run_async
async def test_flags_mode_sets_one_flag_per_patron(flag: Flag) -> None:
    async with simulated("evergreen", temper="flags", seed=flag) as system:
        connection = connect(system)
        assert flags((await ask(connection, patron("1001", "1234"))).fixed["flags"]) == {flag}
        assert flags((await ask(connection, patron("1002", "2345"))).fixed["flags"]) == {Flag((flag + 1) % 14)}
        connection.close()


async def raw(system: Simulated, *sent: bytes) -> list[str]:
    """Return the received frames until the server disconnects or is silent for a second."""
    reader, writer = await asyncio.open_connection("127.0.0.1", system.port)
    received = b""
    for each in sent:
        writer.write(each)
        try:
            async with asyncio.timeout(1.0):
                while data := await reader.read(4096):
                    received += data
            received += b"CLOSED\r"
            break
        except TimeoutError:
            pass
    writer.close()
    frames = Frames()
    return [unwrap(each).text for each in (*frames.feed(received), *filter(None, [frames.take_unterminated()]))]


LOGIN = wrap("9300CNkiosk|COword|CPmain|", 0)
WRONG = wrap("9300CNwrong|COwrong|", 0)
STATUS = wrap("9900422.00", 1)


@pytest.mark.parametrize(
    ("dialect", "sent", "received"),
    [
        ("koha", [STATUS], ["CLOSED"]),
        ("koha", [WRONG], ["940", "CLOSED"]),
        ("evergreen", [WRONG], ["940"]),
        ("koha", [LOGIN, b"01N20260102    030405AO|ALx|AA1|AC|\r"], ["941", "96"]),
        ("evergreen", [LOGIN, b"01N\r"], ["941", "CLOSED"]),
        ("strict", [LOGIN, b"01N\r"], ["941"]),
        ("folio", [LOGIN, b"01N\r"], ["941"]),
        ("sip1", [b"01N\r"], ["96"]),
        ("koha", [LOGIN, b"9900422.00AY1AZ0000\r"], ["941", "96"]),
        ("koha", [LOGIN, b"97AZFEF5\r"], ["941", "941"]),
        ("koha", [LOGIN[:-9] + b"\r"], ["941"]),
    ],
)
@run_async
async def test_dialects_respond_to_protocol_errors_as_documented(
    dialect: str, sent: list[bytes], received: list[str]
) -> None:
    async with simulated(dialect) as system:
        assert await raw(system, *sent) == received


@run_async
async def test_sip1_supports_patron_status_and_no_item_information() -> None:
    async with simulated("sip1") as system:
        connection = connect(system, login=False)
        asked = Sip2Message(
            "23", {"language": "000", "date": stamp(NOW, ZONE)}, (("AO", ""), ("AA", "1001"), ("AD", "1234"))
        )
        assert (await ask(connection, asked)).first("AE") == "Ada Sample"
        assert connection.status and connection.status.first("BX") is None
        with pytest.raises(CentralUnavailable, match="not_understood"):
            await connection.ask(item("3001"))
        connection.close()
