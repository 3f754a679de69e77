"""Test that personal data from a library's own system appears on no screen or receipt and in no kiosk file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from kiosk.sip2_simulator.library import Hold, LibraryPatron, SimulatedLibrary
from tests.kiosk.visit_player.sip2_visit import Played, played

pytestmark = pytest.mark.long  # a whole kiosk, on emulated hardware: the printer's dots are read back

BENCH = "tests.emulated.hardware_bench:EmulatedBench"
ADAS, BOOK = "56CD936A", "34713832130007"
PERSONAL = {
    "BD": "7 Kanarie Road",
    "BE": "zeisig@kanarie.example",
    "BF": "555 0177",
    "CY": "29137000000777",
    "DA": "Wartende Kanarie",
}


def prepare(library: SimulatedLibrary) -> None:
    """Give Ada and the previous borrower contact data, and place a hold."""
    for each in library.patrons.values():
        each.address, each.mail, each.phone = PERSONAL["BD"], PERSONAL["BE"], PERSONAL["BF"]
        each.pin = "1234" if each.card == ADAS else each.pin
    library.add(LibraryPatron(PERSONAL["CY"], PERSONAL["DA"]))
    library.holds.append(Hold(PERSONAL["CY"], BOOK))


def everywhere(visit: Played) -> Mapping[str, bytes]:
    screens = "\n".join(" ".join(each.text) for each in visit.report.steps)
    papers = " ".join(" ".join(each.lines) for each in visit.report.receipts)
    return {"screens": screens.encode(), "papers": papers.encode(), **visit.left}


def found(places: Mapping[str, bytes]) -> list[str]:
    """Return each field with the place in which it was found."""
    charsets = ("utf-8", "utf-16-le", "gb18030")
    return [
        f"{name} in {place}"
        for name, value in PERSONAL.items()
        for place, data in places.items()
        if any(value.encode(charset) in data for charset in charsets)
    ]


def test_personal_data_of_the_ils_is_neither_shown_printed_nor_stored(tmp_path: Path) -> None:
    visit = played("personal-data", tmp_path / "out", prepare, BENCH)
    assert visit.report.why == ""
    transcript = "\n".join(visit.said)
    assert [name for name, value in PERSONAL.items() if f"{name}{value}|" not in transcript] == [], (
        "the ILS did not send it"
    )
    assert visit.done(BOOK) == ["checkin", "trap"]
    places = everywhere(visit)
    assert "The Prometheus deception" in places["papers"].decode()
    assert any(each.endswith("kiosk.log") and data for each, data in places.items())
    assert found(places) == []
    assert found({**places, "planted": f"{PERSONAL['DA']} waits".encode()}) == ["DA in planted"], "the control"
