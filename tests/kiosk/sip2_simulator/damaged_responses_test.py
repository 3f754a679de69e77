"""Test what each fault mode does to a response, and that a seed reproduces it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from random import Random

import pytest

from kiosk.central import CentralUnavailable
from kiosk.sip2_simulator.fault_modes import FAULT_MODES, LATE, WIRE, Step, Turn
from kiosk.sync.sip2.connection import Timing
from kiosk.sync.sip2.field_values import Flag, flags
from kiosk.sync.sip2.message import Frames, Sip2Frame, unwrap, wrap
from tests.kiosk.sip2_simulator.running_simulator import ask, checkout, connect, item, patron, simulated
from tests.kiosk.sync.bench import run_async

BEFORE = wrap("18030001|AJThe one before|", 2, "utf-8", b"\r\n")
DATA = wrap("121NNY|AJFaust|AH|", 3, "utf-8", b"\r\n")
TURNS = 600


def turns(name: str, code: str = "11", seed: int = 1, *, again: bool = False) -> list[list[Step]]:
    """Return the steps of TURNS responses."""
    random = Random(seed)
    return [FAULT_MODES[name].steps(Turn(code, DATA, BEFORE, again), random) for _ in range(TURNS)]


def frames(steps: Sequence[Step]) -> list[Sip2Frame]:
    cutter = Frames()
    data = b"".join(each for each in steps if isinstance(each, bytes))
    return [unwrap(each, "utf-8") for each in cutter.feed(data)]


def is_spoilt(steps: Sequence[Step]) -> bool:
    (frame,) = frames(steps)
    return not frame.sound and frame.text.startswith("121")


def is_another_first(steps: Sequence[Step]) -> bool:
    other, right = frames(steps)
    return other.sound and other.sequence != 3 and right.sequence == 3 and steps[-1] == DATA


def is_in_pieces(steps: Sequence[Step]) -> bool:
    pieces = [each for each in steps if isinstance(each, bytes)]
    return b"".join(pieces) == DATA and len(pieces) > 4 and all(0 < len(each) <= 7 for each in pieces)


DOES: Mapping[str, Callable[[Sequence[Step]], bool]] = {
    "bad-checksum": is_spoilt,
    "wrong-sequence": is_another_first,
    "resend-loop": lambda steps: steps == [b"96AZFEF6\r"],
    "split": is_in_pieces,
    "joined": lambda steps: steps == [BEFORE + DATA],
    "crlf": lambda steps: steps == [b"\n" + DATA],
    "silent-login": lambda steps: steps == [math.inf],
    "lost": lambda steps: steps == [None],
    "late": lambda steps: steps == [LATE, DATA],
    "half-open": lambda steps: steps == [math.inf],
    "nonsense": lambda steps: steps == [b"None"],
}
OFTEN = {
    "bad-checksum": 0.3, "wrong-sequence": 0.5, "resend-loop": 0.3, "split": 1, "joined": 1, "crlf": 1,
    "silent-login": 0.5, "lost": 0.33, "late": 0.2, "half-open": 0.1, "nonsense": 0.2,
}  # fmt: skip


def test_every_wire_fault_mode_has_a_check() -> None:
    assert DOES.keys() == OFTEN.keys() == {each.name for each in WIRE}


@pytest.mark.parametrize("name", DOES)
def test_fault_mode_affects_the_documented_share_of_responses(name: str) -> None:
    found = turns(name, "93" if name == "silent-login" else "11")
    met = [each for each in found if each != [DATA]]
    assert all(DOES[name](each) for each in met)
    assert abs(len(met) / TURNS - OFTEN[name]) < 0.08


@pytest.mark.parametrize("name", ["lost", "late", "silent-login"])
def test_fault_mode_leaves_unrelated_messages_intact(name: str) -> None:
    """Queries are answered; only checkouts are lost, and only logins stay without a response."""
    assert all(each == [DATA] for each in turns(name, "17"))


def test_resent_response_is_not_damaged() -> None:
    assert all(each == [DATA] for each in turns("bad-checksum", again=True))


def test_late_response_exceeds_the_timeout() -> None:
    assert Timing().answer < LATE


def test_worst_mode_includes_every_fault() -> None:
    found = [*turns("worst"), *turns("worst", "93")]
    assert [name for name, does in DOES.items() if not any(_is(does, each) for each in found)] == []
    assert 0.3 < sum(each != [DATA] for each in found) / len(found) < 0.6


def _is(does: Callable[[Sequence[Step]], bool], steps: Sequence[Step]) -> bool:
    try:
        return does(steps)
    except ValueError:
        return False


@pytest.mark.parametrize("name", [*(name for name in DOES if name not in ("joined", "crlf")), "worst"])
def test_seed_reproduces_the_sequence_of_faults(name: str) -> None:
    code = "93" if name == "silent-login" else "11"
    assert turns(name, code, 7) == turns(name, code, 7) != turns(name, code, 8)


def test_unknown_fields_and_empty_dates_modes_change_only_those_fields() -> None:
    async def scenario(temper: str) -> tuple[set[str], str | None]:
        async with simulated("koha", temper=temper) as system:
            connection = connect(system)
            response = await ask(connection, checkout("1001", "3001"))
            connection.close()
            assert response.fixed["ok"] == "1"
            return {name for name, _ in response.fields}, response.first("AH")

    calm, due = asyncio.run(scenario("calm"))
    assert due and not calm & {"XQ", "zz", "Q9"}
    assert asyncio.run(scenario("unknown-fields")) == (calm | {"XQ", "zz", "Q9"}, due)
    assert asyncio.run(scenario("empty-dates")) == (calm, "")


@run_async
async def test_blocked_patron_gets_no_reason_from_the_simulator() -> None:
    async with simulated("koha", temper="blocked") as system:
        connection = connect(system)
        response = await ask(connection, patron("1001", "1234"))
        assert Flag.CHARGE_DENIED in flags(response.fixed["flags"]) and (
            response.first("BL"),
            response.first("CQ"),
        ) == (
            "Y",
            "Y",
        )
        assert "lock" not in "".join(response.values("AF"))
        assert (await ask(connection, checkout("1001", "3001"))).fixed["ok"] == "0"
        connection.close()


@run_async
async def test_down_mode_closes_the_connection() -> None:
    async with simulated("koha", temper="down") as system:
        with pytest.raises(CentralUnavailable, match="central_closed"):
            await ask(connect(system), item("3001"))
