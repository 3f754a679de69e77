"""Test that nothing of a patron remains after the visit: in logs, on the screen, in memory and in files."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from hub.demo.sample_data import Cases
from kiosk.sync.request_signer import Signer
from tests.support.real_kiosk import House, Kiosk

pytestmark = pytest.mark.long

REMEMBERING = Path(__file__).parents[1] / "proofs" / "remembering"


@dataclass(frozen=True)
class Petra:
    """A patron with a PIN, and the book that the patron borrows."""

    name: str
    identifier: str
    uid: str
    card_hash: str
    pin: str
    title: str
    barcode: str

    def found_in(self, text: str) -> list[str]:
        """Return the patron data in the text; the 4-digit PIN counts only as a separate number."""
        own = [
            *self.name.split(),
            self.identifier,
            self.uid,
            self.uid.lower(),
            self.card_hash,
            self.title,
            self.barcode,
        ]
        found = [each for each in own if each in text]
        return found + re.findall(rf"(?<![\w.:]){self.pin}(?![\w.])", text)


@pytest.fixture(scope="module")
def petra(library: House) -> Petra:
    patron = Cases().patron("pin")
    # Not a new title, because the welcome screen shows those to everyone.
    book = next(each for each in Cases().items if each.case == "free_07")
    key = Signer.load(library.hub.config.paths.state).identity.card_key
    hashed = hmac.new(key, patron.card.encode(), hashlib.sha256).hexdigest()
    return Petra(patron.name, patron.identifier, patron.card, hashed, patron.pin, book.shown_title, book.barcode)


def sign_in(kiosk: Kiosk, petra: Petra) -> None:
    """Sign in with the card and the PIN, which this kiosk always asks for."""
    kiosk.tap(petra.uid)
    for digit in petra.pin:
        kiosk.press("key", choice=digit)
    if kiosk.seen["view"] == "Identify":
        kiosk.press("continue")


def visit(kiosk: Kiosk, petra: Petra) -> None:
    """A loan, a look at the account, and the return of the book."""
    sign_in(kiosk, petra)
    assert petra.title[:8] in "\n".join(kiosk.scan(petra.barcode)["texts"])
    kiosk.press("finish")
    kiosk.press("receipt_none")
    kiosk.press("account")
    sign_in(kiosk, petra)
    assert kiosk.seen["view"] == "Account"
    assert "Petra" in kiosk.text
    kiosk.press("finish")
    kiosk.scan(petra.barcode)
    kiosk.press("finish")
    kiosk.press("receipt_none")
    assert kiosk.look()["view"] == "Welcome"


def picture(kiosk: Kiosk, name: str) -> bytes:
    path = kiosk.set_up.file.with_name(f"{name}.png")
    kiosk.ask("shot", path=str(path))
    return path.read_bytes()


def to_the_next_minute(kiosk: Kiosk) -> None:
    """Wait for the next minute, so that the clock on screen does not change during a visit."""
    kiosk.wait(60 - datetime.fromisoformat(kiosk.look()["now"]).second)


def to_the_first_page(kiosk: Kiosk) -> None:
    """Return to the first page of the idle screen."""
    kiosk.press("account")
    kiosk.press("back")


@pytest.fixture(scope="module")
def visited(library: House, petra: Petra) -> Iterator[Kiosk]:
    """A kiosk at Welcome, after a visit."""
    set_up = library.set_up({"pin": {"ask": "always"}}).with_journal()
    watched = {"PYTHONPATH": str(REMEMBERING), "REMEMBERED": str(set_up.file.with_name("remembered"))}
    with set_up.kiosk(environment=watched) as kiosk:
        kiosk.ask("ready")
        to_the_next_minute(kiosk)
        to_the_first_page(kiosk)
        before = picture(kiosk, "before")
        visit(kiosk, petra)
        assert picture(kiosk, "after") == before
        yield kiosk


def remembered(kiosk: Kiosk) -> list[str]:
    """Return every live string of the kiosk process."""
    folder = kiosk.set_up.file.parent
    known = set(folder.glob("remembered-*"))
    assert kiosk.process is not None
    kiosk.process.send_signal(signal.SIGUSR1)
    for _ in range(1000):
        kiosk.ask("settle")
        if new := set(folder.glob("remembered-*")) - known:
            texts: list[str] = json.loads(new.pop().read_text(encoding="utf-8"))
            return texts
    raise AssertionError("the kiosk wrote no report")


def test_search_finds_each_kind_of_patron_data(petra: Petra) -> None:
    lines = [
        f"INFO kiosk.desk: {petra.name} borrows",
        f"WARNING kiosk.sync: GET /api/v1/cards/{petra.card_hash}",
        f"INFO kiosk.hardware: card {petra.uid.lower()}",
        f"DEBUG kiosk.desk: pin '{petra.pin}'",
        f"INFO kiosk.desk: {petra.title}",
    ]
    assert all(petra.found_in(line) for line in lines)
    assert petra.found_in("INFO kiosk.desk: a card UID of 4 characters matches no pattern of the card reader") == []


def test_kiosk_log_contains_no_patron_data(visited: Kiosk, petra: Petra) -> None:
    assert "kiosk.system.health: central is ready" in visited.log
    assert petra.found_in(visited.log) == []


def test_hub_log_contains_no_patron_data(visited: Kiosk, library: House, petra: Petra) -> None:
    log = library.folder / "hub.log"
    assert log.exists()
    assert petra.found_in(log.read_text(encoding="utf-8")) == []


def test_screen_contains_no_patron_data_after_the_visit(visited: Kiosk, petra: Petra) -> None:
    assert petra.found_in("\n".join(visited.look()["texts"])) == []


def test_memory_contains_no_patron_data_after_the_visit(visited: Kiosk, petra: Petra) -> None:
    """Card and item are found during the visit, so the search would also find them later."""
    sign_in(visited, petra)
    assert [text for text in remembered(visited) if petra.name.split()[0] in text]
    visited.press("finish")
    assert visited.look()["view"] == "Welcome"
    assert leaks_in(remembered(visited), petra) == []


def test_memory_contains_no_patron_data_after_an_idle_timeout(visited: Kiosk, petra: Petra) -> None:
    sign_in(visited, petra)
    assert "Petra" in visited.text
    assert visited.wait(180)["view"] == "Welcome"
    assert leaks_in(remembered(visited), petra) == []


def leaks_in(texts: list[str], petra: Petra) -> list[str]:
    """Return texts with patron data, except the card hash and barcode kept for the next snapshot."""
    return [text for text in texts if set(petra.found_in(text)) - {petra.card_hash, petra.barcode}]


def test_kiosk_files_contain_no_name_uid_or_pin(visited: Kiosk, petra: Petra) -> None:
    """Journal and snapshot identify the patron only by the keyed hash of the card."""
    folder = visited.set_up.file.parent
    kept = [each for part in ("state", "run") for each in (folder / part).rglob("*") if each.is_file()]
    assert {"journal.db", "snapshot.db"} <= {each.name for each in kept}
    secret = [petra.name, petra.name.split()[1], petra.identifier, petra.uid]
    for file in kept:
        assert petra.found_in(file.name) == []
        content = file.read_bytes().lower()
        assert [each for each in secret if each.lower().encode() in content] == [], file.name


REGISTERED = ("Quaggamarch", "quagga@example.org")


def registers(kiosk: Kiosk) -> None:
    """Register up to the summary page."""
    kiosk.press("borrow")
    kiosk.press("register")
    for typed in (REGISTERED[0].lower(), "1990", REGISTERED[1]):
        for sign in typed:
            kiosk.press("key", choice=sign)
        kiosk.press("continue")
    for answer in ("adult", "zh", "yes", "no", "no"):
        kiosk.press("mark", choice=answer)
    assert REGISTERED[0] in kiosk.text


def registration_data_in(texts: list[str]) -> list[str]:
    return [text for text in texts if any(each in text for each in REGISTERED)]


def test_abandoned_registration_leaves_no_data(visited: Kiosk) -> None:
    registers(visited)
    assert registration_data_in(remembered(visited)), "control: the search finds the data before the timeout"
    assert visited.wait(180)["view"] == "Welcome"
    assert registration_data_in(remembered(visited)) == []
    assert registration_data_in([visited.log]) == []


def test_registration_data_is_stored_only_encrypted(visited: Kiosk, library: House) -> None:
    registers(visited)
    visited.press("all_right")
    visited.press("no_card")
    assert "You are registered." in visited.text
    visited.press("home")
    assert registration_data_in(remembered(visited)) == []
    folder = visited.set_up.file.parent
    files = [each for part in ("state", "run") for each in (folder / part).rglob("*") if each.is_file()]
    assert registration_data_in([each.read_bytes().decode("latin-1") for each in files]) == []
    assert registration_data_in([visited.log, (library.folder / "hub.log").read_text(encoding="utf-8")]) == []
