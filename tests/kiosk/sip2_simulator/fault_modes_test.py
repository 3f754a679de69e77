"""Test each fault mode with the kiosk's connection: a request gets its own response or none."""

from __future__ import annotations

import pytest

from kiosk.central import CentralUnavailable
from kiosk.sip2_simulator.fault_modes import FAULT_MODES, WIRE
from kiosk.sync.sip2.connection import AnswerLost
from tests.kiosk.sip2_simulator.running_simulator import ask, checkin, checkout, connect, item, patron, simulated
from tests.kiosk.sync.bench import run_async
from tests.support.patience import PATIENCE

TITLES = {"3001": "Faust", "3002": "围城", "3003": "Тунгалаг Тамир"}
QUICK = 0.3


@pytest.mark.parametrize("temper", [*(each.name for each in WIRE), "worst"])
@run_async
async def test_request_gets_its_own_response_or_none(temper: str) -> None:
    async with simulated("koha", temper=temper, seed=7) as system:
        connection, right, away = connect(system, answer=QUICK), 0, 0
        for turn in range(40):
            barcode = f"300{turn % 3 + 1}"
            try:
                response = await ask(connection, item(barcode))
            except CentralUnavailable:
                away += 1
                continue
            assert (response.first("AB"), response.first("AJ")) == (barcode, TITLES[barcode])
            right += 1
        connection.close()
        assert right + away == 40
        assert right >= 5, "the fault mode blocks all responses"


@pytest.mark.parametrize("temper", ["lost", "late", "half-open", "bad-checksum", "resend-loop", "worst"])
@run_async
async def test_state_change_is_executed_at_most_once_per_request(temper: str) -> None:
    async with simulated("koha", temper=temper, seed=3) as system:
        answered = temper == "bad-checksum"
        connection, confirmed, lost = connect(system, answer=PATIENCE if answered else QUICK), 0, 0
        for _ in range(12):
            for message in (checkout("1001", "3001"), checkin("3001")):
                try:
                    await ask(connection, message)
                    confirmed += 1
                except AnswerLost:
                    lost += 1
                except CentralUnavailable:
                    pass
        connection.close()
        done = [each["did"] for each in system.truth()["events"]]
        assert len(done) <= confirmed + lost
        assert (lost > 0) is not answered, "a wrong checksum is requested again and loses nothing"


@pytest.mark.sip2_fact("G8")
@run_async
async def test_delimiters_in_a_title_are_escaped() -> None:
    async with simulated("koha", temper="pipes") as system:
        connection = connect(system)
        response = await ask(connection, item("3001"))
        assert (response.first("AJ"), response.values("AA"), response.first("BL")) == (
            "Faust &#124; AAother&#124;BLY 12",
            (),
            None,
        )
        connection.close()


@run_async
async def test_ten_thousand_loans_fit_in_one_response() -> None:
    async with simulated("evergreen", temper="many-loans") as system:
        connection = connect(system)
        response = await ask(connection, patron("1001", summary="  Y       "))
        assert len(response.values("AU")) == 10_000
        connection.close()


def test_every_fault_mode_is_described() -> None:
    assert all(each.words for each in FAULT_MODES.values())
    assert [each.name for each in FAULT_MODES.values()] == list(FAULT_MODES)
