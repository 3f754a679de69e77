"""Test a real kiosk with the real mfrc522 and rpi-lgpio over an emulated card reader chip."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.emulated.remote_gpio import FarWires
from tests.emulated.remote_reader import READER, FarReader
from tests.support.real_kiosk import House, Kiosk, SetUp

pytestmark = pytest.mark.long  # whole kiosks


class Table:
    """The emulated reader; its header pins have no other parts."""

    def __init__(self, folder: Path) -> None:
        self.reader = FarReader(folder)
        self.wires = FarWires()

    def environment(self) -> Mapping[str, str]:
        site = Path(__file__).parents[1] / "emulated" / "site"
        return {**self.wires.environment(), "PYTHONPATH": str(site), READER: str(self.reader.folder)}

    def lay(self, *uids: str) -> None:
        self.reader.change(cards=uids)


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    table = Table(tmp_path / "reader")
    yield table
    table.wires.close()


@pytest.fixture
def set_up(library: House) -> SetUp:
    return library.set_up({"card_reader": {"driver": "mfrc522"}}).with_journal()


@contextmanager
def running(set_up: SetUp, table: Table) -> Iterator[Kiosk]:
    with set_up.kiosk(environment=table.environment()) as kiosk:
        kiosk.until_health("card_reader", "ready")
        yield kiosk


def test_card_reader_visit_distinguishes_similar_uids(library: House, set_up: SetUp, table: Table) -> None:
    with running(set_up, table) as kiosk:
        table.lay(library.card("uid7_a"), library.card("uid7_b"))
        assert kiosk.look()["view"] == "Welcome"
        assert "One card at a time, please." in kiosk.text
        table.lay(library.card("uid7_a"))
        assert kiosk.look()["view"] == "Borrowing"
        kiosk.press("finish")
        table.lay()
        assert kiosk.look()["view"] == "Welcome"
        table.lay(library.card("uid7_b"))
        assert kiosk.look()["view"] == "Borrowing", "another patron's card shares its first bytes"


def test_reader_unplugged_during_a_visit_is_reported_and_recovers(library: House, set_up: SetUp, table: Table) -> None:
    with running(set_up, table) as kiosk:
        table.lay(library.card("plain_1"))
        table.reader.change(pulled=True)
        assert kiosk.until_health("card_reader") == {"condition": "faulty", "reason": "unplugged"}
        assert kiosk.look()["view"] == "Borrowing", "the visit continues without it"
        table.reader.change(pulled=False)
        assert kiosk.until_health("card_reader", "ready") == {"condition": "ready", "reason": ""}
    assert "no MFRC522 answers" in kiosk.log
    assert library.card("plain_1") not in kiosk.log
