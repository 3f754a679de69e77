"""Test `kiosk pad`: a real process before a simulated FEIG reader, asked as a browser's page would."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from kiosk.cli import main
from kiosk.commands.pad import REPLACED, origin_of
from kiosk.config import ConfigError, load_desk
from lending.tags import TagData, TagTrouble, Usage, decode
from tests.support.desk_pad import DeskPad
from tests.support.patience import PATIENCE

HUB = "http://127.0.0.1:8000"
DUNE, EMMA = "30012000000017", "30012000000025"
Message = dict[str, Any]


def open_socket(pad: DeskPad, origin: str = HUB) -> ClientConnection:
    return connect(f"ws://127.0.0.1:{pad.port}", origin=Origin(origin), compression=None).__enter__()


class Page:
    """A page of the hub that uses the pad."""

    def __init__(self, pad: DeskPad) -> None:
        self.socket = open_socket(pad)
        self.pile: Message = {}
        self.all: list[Message] = []
        self._requests = 0

    def until(self, wanted: Callable[[Message], bool]) -> Message:
        deadline = time.monotonic() + PATIENCE
        while True:
            message: Message = json.loads(self.socket.recv(timeout=max(0.0, deadline - time.monotonic())))
            self.all.append(message)
            if message["kind"] == "pile":
                self.pile = message
            if wanted(message):
                return message

    def sees(self, *items: str, **troubles: int) -> Message:
        """Wait until this lies there; it may have been said before the answer to a request."""

        def is_seen(_: Message) -> bool:
            there = [row["item"] for row in self.pile.get("items", ())]
            return bool(self.pile) and self.pile["steady"] and (there, self.pile["troubles"]) == ([*items], troubles)

        if not is_seen(self.pile):
            self.until(is_seen)
        return self.pile

    def ask(self, do: str, item: str = "", **more: Any) -> Message:
        self._requests += 1
        self.socket.send(json.dumps({"do": do, "id": self._requests, "item": item, **more}))
        return self.until(lambda each: each["kind"] == "answer" and each["id"] == self._requests)


@pytest.fixture
def pad(tmp_path: Path) -> Iterator[DeskPad]:
    pad = DeskPad(tmp_path, HUB)
    yield pad
    pad.close()


def test_page_sees_the_pile_by_item(pad: DeskPad) -> None:
    """A set is one item, a blank tag is counted, and a patron card is not mentioned."""
    pad.lay(TagData(DUNE, 3, 1))
    pad.lay(TagData(DUNE, 3, 3))
    pad.lay(TagData(EMMA))
    pad.lay(TagData("20001000000013", usage=Usage.PATRON_CARD))
    pad.lay()
    page = Page(pad)
    pile = page.sees(DUNE, EMMA, blank=1)
    dune, emma = pile["items"]
    assert dune == {"item": DUNE, "parts": 3, "there": [1, 3], "deviates": False}
    assert (emma["parts"], emma["there"]) == (1, [1])
    assert pile["troubles"] == {"blank": 1}
    pad.field.tags.clear()
    page.sees()
    said = json.dumps(page.all)
    assert "12345678" not in said and "E004" not in said.upper() and "20001000000013" not in said


def test_only_the_tags_of_the_named_item_are_switched(pad: DeskPad) -> None:
    dune = [pad.lay(TagData(DUNE, 2, part)) for part in (1, 2)]
    emma = pad.lay(TagData(EMMA))
    page = Page(pad)
    page.sees(DUNE, EMMA)
    assert page.ask("unsecure", DUNE)["result"] == "done"
    assert [tag.afi for tag in (*dune, emma)] == [0xC2, 0xC2, 0x07]
    assert page.ask("secure", DUNE)["result"] == "done"
    assert [tag.afi for tag in dune] == [0x07, 0x07]


def test_number_on_two_tags_is_not_switched_off(pad: DeskPad) -> None:
    tags = [pad.lay(TagData(DUNE)) for _ in range(2)]
    page = Page(pad)
    page.sees(DUNE)
    assert page.ask("unsecure", DUNE)["result"] == "failed"
    assert [tag.afi for tag in tags] == [0x07, 0x07]


@pytest.mark.parametrize(("fault", "result"), [({"locked": True}, "failed"), ({"forgets": True}, "failed")])
def test_switch_that_did_not_last_is_no_success(pad: DeskPad, fault: dict[str, bool], result: str) -> None:
    pad.lay(TagData(DUNE), **fault)
    page = Page(pad)
    page.sees(DUNE)
    assert page.ask("unsecure", DUNE)["result"] == result
    assert page.ask("unsecure", EMMA)["result"] == "gone"


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8001", "https://127.0.0.1:8000", "http://evil.example", "null"])
def test_pages_of_another_address_are_refused(pad: DeskPad, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        open_socket(pad, origin)
    assert refused.value.response.status_code == 403


def test_program_without_an_origin_is_refused(pad: DeskPad) -> None:
    with pytest.raises(InvalidStatus), connect(f"ws://127.0.0.1:{pad.port}", compression=None):
        pass


def test_newest_page_has_the_pad(pad: DeskPad) -> None:
    """Two windows that both saw the pile would check everything out twice."""
    first = Page(pad)
    first.sees()
    second = Page(pad)
    second.sees()
    with pytest.raises(ConnectionClosed) as closed:
        first.sees(DUNE)
    assert closed.value.rcvd is not None and closed.value.rcvd.code == REPLACED


@pytest.mark.parametrize(
    "text", ["", "{}", '{"do": "erase", "id": 1}', '{"do": "secure", "id": 1, "uid": "E0"}', "x" * 4000]
)
def test_request_that_is_none_ends_the_connection(pad: DeskPad, text: str) -> None:
    page = Page(pad)
    page.socket.send(text)
    with pytest.raises(ConnectionClosed):
        page.sees(DUNE)
    Page(pad).sees()


def test_lost_reader_is_a_fault_with_a_code(pad: DeskPad) -> None:
    page = Page(pad)
    page.until(lambda each: each["kind"] == "state" and not each["fault"])
    pad.cable.unplug()
    assert page.until(lambda each: each["kind"] == "state" and each["fault"])["fault"] == "unplugged"
    assert page.ask("secure", DUNE)["result"] == "gone"
    pad.cable.plug()
    page.until(lambda each: each["kind"] == "state" and not each["fault"])


def test_blank_tag_is_written_verified_and_undone(pad: DeskPad) -> None:
    tag = pad.lay(afi=0, dsfid=0)
    page = Page(pad)
    page.sees(blank=1)
    assert page.ask("write", DUNE, part=2, parts=3)["result"] == "done"
    assert decode(bytes(tag.memory), tag.dsfid) == TagData(DUNE, 3, 2, "DE-705")
    assert tag.afi == 0x07
    page.sees(DUNE)
    assert page.ask("undo")["result"] == "done"
    assert decode(bytes(tag.memory), tag.dsfid) is TagTrouble.BLANK
    assert (tag.afi, tag.dsfid) == (0, 0)
    assert page.ask("undo")["result"] == "no_tag"


def test_undo_gives_back_the_former_item(pad: DeskPad) -> None:
    tag = pad.lay(TagData(EMMA, owner="DK-718500"))
    page = Page(pad)
    page.sees(EMMA)
    assert page.ask("write", DUNE) | {"id": 0} == {
        "kind": "answer", "id": 0, "item": DUNE, "result": "other_item", "names": EMMA,
    }  # fmt: skip
    assert page.ask("write", DUNE, replace=True)["result"] == "done"
    page.sees(DUNE)
    assert page.ask("undo")["result"] == "done"
    assert decode(bytes(tag.memory), tag.dsfid) == TagData(EMMA, owner="DK-718500")


def test_undo_does_not_touch_another_tag(pad: DeskPad) -> None:
    pad.lay()
    page = Page(pad)
    page.sees(blank=1)
    assert page.ask("write", DUNE)["result"] == "done"
    pad.field.tags.clear()
    page.sees()
    emma = pad.lay(TagData(EMMA))
    page.sees(EMMA)
    assert page.ask("undo")["result"] == "other_item"
    assert decode(bytes(emma.memory), emma.dsfid) == TagData(EMMA)


def test_patron_card_is_never_written(pad: DeskPad) -> None:
    card = TagData("20001000000013", usage=Usage.PATRON_CARD)
    tag = pad.lay(card)
    page = Page(pad)
    assert page.until(lambda _: page.ask("write", DUNE, replace=True)["result"] != "no_tag")
    assert page.ask("write", DUNE, replace=True)["result"] == "other_use"
    assert decode(bytes(tag.memory), tag.dsfid) == card


def test_several_tags_are_not_written(pad: DeskPad) -> None:
    pad.lay()
    pad.lay()
    page = Page(pad)
    page.sees(blank=2)
    assert page.ask("write", DUNE)["result"] == "many"
    assert not any(any(tag.memory) for tag in pad.field.tags)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Hub.Example.org/library", "https://hub.example.org"),
        ("https://hub.example.org:443", "https://hub.example.org"),
        ("http://10.0.0.4:8000", "http://10.0.0.4:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_origin_is_the_one_that_browsers_send(url: str, origin: str) -> None:
    assert origin_of(url) == origin


def test_file_without_a_pad_is_refused_with_its_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "desk.toml"
    file.write_text('[hub]\nurl = "https://hub.example.org"\n[item_pad]\ndriver = "none"\n')
    with pytest.raises(ConfigError):
        load_desk(file)
    assert main(["pad", "--config", str(file)]) == 1
    assert "item_pad" in capsys.readouterr().err
