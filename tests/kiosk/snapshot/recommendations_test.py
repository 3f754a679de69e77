"""Test that stored recommendations can be read only with the card."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from lending import sealing
from lending.model import CardRef, ItemId, Recommendation
from lending.wire import SnapshotCard, picks_text
from tests.kiosk.snapshot.snapshot_test import Library, Shelf, card, item
from tests.kiosk.sync.bench import ADA, DUNE, EMMA, LIN, run_async

PICK = Recommendation("生死场", "萧红", "", {"zh": "因为您借过《呼兰河传》", "en": "because"}, False, (EMMA,))
WORDS = ("生死场", "呼兰河传", "because", PICK.author)


def with_picks(ref: CardRef, patron: str, *picks: Recommendation) -> SnapshotCard:
    return card(ref, patron).model_copy(update={"picks": sealing.seal_for_card(ref, picks_text(picks))})


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    pages = (((with_picks(ADA, "p-ada", PICK), card(LIN, "p-lin")), (item(DUNE), item(EMMA))),)
    yield Shelf(tmp_path / "snapshot.db", Library(pages))


def bytes_of(path: Path) -> bytes:
    """Bytes of the database and its log."""
    return b"".join(each.read_bytes() for each in sorted(path.parent.glob(f"{path.name}*")))


def found(raw: bytes) -> set[str]:
    """Return what the bytes reveal: titles, reasons, and the card in either form."""
    marks = {word: word.encode() for word in WORDS} | {ADA: ADA.encode(), "card": bytes.fromhex(ADA)}
    return {name for name, mark in marks.items() if mark in raw}


@run_async
async def test_recommendations_open_with_the_card(shelf: Shelf) -> None:
    snapshot = shelf.open()
    await snapshot.refresh(watermark=0)
    (pick,) = snapshot.picks(ADA)
    assert (pick.title, pick.why["zh"], pick.items) == ("生死场", "因为您借过《呼兰河传》", (ItemId(EMMA),))
    assert snapshot.picks(LIN) == () and snapshot.picks(CardRef("c" * 64)) == ()
    assert snapshot.patron(ADA) is not None


@run_async
async def test_snapshot_file_reveals_no_recommendations(shelf: Shelf) -> None:
    await shelf.open().refresh(watermark=0)
    raw = bytes_of(shelf.path)
    assert b"Title" in raw, "titles of the library are found"
    assert found(raw) == set()


@run_async
async def test_search_detects_unencrypted_recommendations(shelf: Shelf) -> None:
    """Control: the same file with the same row unencrypted."""
    await shelf.open().refresh(watermark=0)
    db = apsw.Connection(str(shelf.path))
    row = (bytes.fromhex(ADA), picks_text([PICK]), sealing.place(ADA))
    db.execute("UPDATE cards SET card = ?, picks = ? WHERE card = ?", row)
    db.close()
    assert found(bytes_of(shelf.path)) == {*WORDS, "card"}


@run_async
async def test_recommendations_sealed_to_another_card_do_not_open(shelf: Shelf) -> None:
    await shelf.open().refresh(watermark=0)
    db = apsw.Connection(str(shelf.path))
    db.execute("UPDATE cards SET picks = (SELECT picks FROM cards WHERE card = ?)", (sealing.place(ADA),))
    db.close()
    snapshot = shelf.open()
    assert snapshot.picks(LIN) == ()
    assert shelf.reason == "missing", "the snapshot counts as damaged and is fetched again"


@run_async
async def test_withdrawn_recommendations_disappear_at_the_next_refresh(shelf: Shelf) -> None:
    snapshot = shelf.open()
    await snapshot.refresh(watermark=0)
    shelf.library.changes("two", cards=[card(ADA, "p-ada")])
    await snapshot.refresh(watermark=0)
    assert snapshot.picks(ADA) == () and snapshot.patron(ADA) is not None
