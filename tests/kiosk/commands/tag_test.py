"""Test `kiosk tag` before a simulated FEIG reader: read, write, secure, unsecure, erase, and its refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.cli import main
from kiosk.config import write_example
from kiosk.tag_simulator.feig import FeigOnTcp, FeigReader
from kiosk.tag_simulator.tags import AirField, Tag
from lending.tags import DSFID_FIXED, TagData, TagTrouble, Usage, decode, encode

UID = 0xE004_0100_1234_5678
SERIAL = "12345678"


class Desk:
    """A technician's machine with a pad: its kiosk.toml, and the tags on the pad."""

    def __init__(self, folder: Path) -> None:
        self.field = AirField()
        self.cable = FeigOnTcp(FeigReader(self.field))
        pad = {"driver": "feig", "host": "127.0.0.1", "port": self.cable.port}
        self.file = write_example(
            folder / "kiosk.toml", folder / "state", folder / "run", "http://127.0.0.1", changes={"item_pad": pad}
        )

    def lay(self, data: TagData | None = None) -> Tag:
        tag = Tag(UID + len(self.field.tags))
        if data is not None:
            image = encode(data)
            tag.memory[: len(image)] = image
        self.field.tags.append(tag)
        return tag

    def do(self, *arguments: str) -> int:
        return main(["tag", *arguments, "--config", str(self.file)])


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.cable.unplug()


def test_blank_tag_is_written_secured_and_read_again(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    tag = desk.lay()
    tag.afi, tag.dsfid = 0, 0
    assert desk.do("write", "30012000000017", "--part", "2/3", "--owner", "DE-705", "--usage", "2") == 0
    expected = TagData("30012000000017", 3, 2, "DE-705", Usage.NOT_FOR_CIRCULATION)
    assert decode(bytes(tag.memory), tag.dsfid) == expected
    assert (tag.afi, tag.dsfid) == (0x07, DSFID_FIXED)
    assert desk.do("read") == 0
    output = capsys.readouterr().out
    assert "item=30012000000017" in output and "secured=True" in output and "1 tag on the item pad" in output


def test_dump_has_all_but_the_serial_number(desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk.lay(TagData("30012000000017"))
    dump = tmp_path / "tag.json"
    assert desk.do("read", "--dump", str(dump)) == 0
    (row,) = json.loads(dump.read_text(encoding="utf-8"))
    assert row["maker"] == "E0 04 01" and row["afi"] == 7 and row["memory"].startswith("11010133 30303132")
    assert bytes.fromhex(row["memory"]) == bytes(desk.field.tags[0].memory)
    assert desk.do("read", "--json") == 0
    shown = dump.read_text(encoding="utf-8") + capsys.readouterr().out
    assert SERIAL not in shown.replace(" ", "")


def test_tag_of_another_use_is_overwritten_only_when_asked(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    tag = desk.lay()
    tag.memory[:8] = before = bytes.fromhex("E1400E01 03040102")
    assert desk.do("write", "30012000000017") != 0
    assert "This tag has another use. Add --replace" in capsys.readouterr().err
    assert bytes(tag.memory[:8]) == before
    assert desk.do("write", "30012000000017", "--replace") == 0


def test_number_of_a_patron_card_is_not_shown(desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk.lay(TagData("20001234", usage=Usage.PATRON_CARD))
    dump = tmp_path / "tag.json"
    assert desk.do("read", "--dump", str(dump)) == desk.do("read", "--json") == desk.do("read") == 0
    assert json.loads(dump.read_text(encoding="utf-8")) == [{"usage": "patron_card"}]
    shown = capsys.readouterr().out
    assert "patron_card" in shown and "20001234" not in shown


def test_only_tags_of_the_named_item_are_switched(desk: Desk) -> None:
    first, second = desk.lay(TagData("30012000000017", 2, 1)), desk.lay(TagData("30012000000017", 2, 2))
    other = desk.lay(TagData("30012000000025"))
    assert desk.do("unsecure", "30012000000017") == 0
    assert (first.afi, second.afi, other.afi) == (0xC2, 0xC2, 0x07)
    assert desk.do("secure", "30012000000017") == 0
    assert (first.afi, second.afi, other.afi) == (0x07, 0x07, 0x07)


def test_several_tags_without_a_number_are_refused(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    tags = [desk.lay(TagData("30012000000017")), desk.lay()]
    for what in ("unsecure", "erase"):
        assert desk.do(what) == 1
    assert desk.do("write", "30012000000025") == 1
    assert "Place exactly 1 tag on the item pad. It has 2 now." in capsys.readouterr().err
    assert all(tag.afi == 0x07 for tag in tags) and not any(tags[1].memory)


def test_tag_of_another_item_is_overwritten_on_request_only(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    tag = desk.lay(TagData("30012000000017"))
    assert desk.do("write", "30012000000025") == 1
    assert "This tag names 30012000000017" in capsys.readouterr().err
    assert desk.do("write", "30012000000025", "--replace") == 0
    assert decode(bytes(tag.memory)) == TagData("30012000000025")


def test_erased_tag_is_blank_and_passes_the_gate(desk: Desk) -> None:
    tag = desk.lay(TagData("30012000000017"))
    assert desk.do("erase") == 0
    assert decode(bytes(tag.memory), tag.dsfid) is TagTrouble.BLANK
    assert tag.afi == 0xC2


@pytest.mark.parametrize("requests", range(3, 15))
def test_interrupted_write_names_no_item(desk: Desk, requests: int) -> None:
    """The tag is lifted off after some of the requests of a write."""
    tag = desk.lay(TagData("30012000000017"))
    tag.leaves_in = requests
    desk.do("write", "30012000000025", "--replace")
    read = decode(bytes(tag.memory), tag.dsfid)
    assert isinstance(read, TagTrouble) or read.item in ("30012000000017", "30012000000025")


def test_failure_is_put_in_words(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    tag = desk.lay(TagData("30012000000017"))
    tag.locked = True
    assert desk.do("unsecure") == 1
    assert "The tag cannot be written." in capsys.readouterr().err
    desk.cable.unplug()
    assert desk.do("read") == 1
    assert "Unplugged" in capsys.readouterr().err


def test_kiosk_without_a_pad_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_example(tmp_path / "kiosk.toml", tmp_path / "state", tmp_path / "run", "http://127.0.0.1")
    assert main(["tag", "read", "--config", str(file)]) == 1
    assert "names no item pad" in capsys.readouterr().err


def test_write_without_a_number_is_wrong_usage(desk: Desk) -> None:
    assert desk.do("write") == 2
