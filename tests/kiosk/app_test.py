"""Test the kiosk process: start without a journal or on a failing disk, hostile hubs, and its end."""

from __future__ import annotations

import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kiosk.journal.errors import LEAST_FREE
from kiosk.journal.file import LEAST_FOR_LAST
from kiosk.snapshot import writer as snapshot_pen
from kiosk.visit_player.environment import central_address
from tests.support.odd_network import NOTHING, OddNetwork, Said, odd_network
from tests.support.patience import PATIENCE
from tests.support.real_kiosk import NO_SERVER, House, Kiosk, SetUp, house

PROMISES = ("Borrowed", "Saved", "saved", "Due", "due")
LITTLE = 8 * 1024 * 1024
LONG_NUMBER = re.compile(r"\d{8,}|[0-9A-F]{8,}")


@pytest.fixture(scope="module")
def alone() -> Iterator[House]:
    """Return kiosks without a hub."""
    with house(hub=False) as running:
        yield running


@pytest.fixture(scope="module")
def library() -> Iterator[House]:
    with house(hub=True) as running:
        yield running


@pytest.fixture(scope="module")
def free(library: House) -> Iterator[str]:
    """Return barcodes of available items, one per test."""
    return (each.barcode for each in library.hub.library.items if each.case.startswith("free_"))


@pytest.fixture(scope="module")
def network(library: House) -> Iterator[OddNetwork]:
    with odd_network(central_address(library.hub.config)) as between:
        yield between


@pytest.fixture(scope="module")
def kiosk(library: House, network: OddNetwork) -> Iterator[Kiosk]:
    """Return one kiosk for all tests with bad input; each test leaves it at the welcome screen."""
    with library.set_up().with_journal().kiosk(network.address) as started:
        started.ask("ready")
        yield started


@contextmanager
def small_disk(at: Path) -> Iterator[Path]:
    """A file system with slightly more free space than a snapshot needs."""
    at.mkdir()
    size = snapshot_pen.LEAST_FREE + LITTLE
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(at)]
    if subprocess.run(mounting, capture_output=True).returncode:
        pytest.skip("may not mount a file system here, as root outside a container may")
    try:
        yield at
    finally:
        subprocess.run(["umount", "--lazy", at], check=True)


def command(set_up: SetUp, *words: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "kiosk.cli", *words, "--config", str(set_up.file)]
    return subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE)


def left_in(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*") if not each.is_dir()]


@pytest.mark.long
def test_kiosk_without_journal_is_out_of_order_until_the_command_creates_one(alone: House) -> None:
    set_up = alone.set_up()
    journal = set_up.config.paths.journal
    with set_up.kiosk(NO_SERVER) as kiosk:
        assert kiosk.look()["view"] == "OutOfOrder"
        assert "kiosk journal create" not in kiosk.seen["texts"], "the screen shows no commands"
        assert kiosk.tap("56CD936A")["view"] == "OutOfOrder"
        assert kiosk.scan("36593420520696")["view"] == "OutOfOrder"
        shown = command(set_up, "journal", "show")
        assert (shown.returncode, shown.stdout) == (1, "")
        assert f"{journal} is missing: create it with `kiosk journal create`" in shown.stderr
        assert not journal.exists()
        assert command(set_up, "journal", "create").returncode == 0
        kiosk.let_pass(11)
        assert kiosk.ended() == 1
        assert "Traceback" not in kiosk.log
        assert "the journal is usable again: the kiosk exits, to be restarted by the service manager" in kiosk.log
    with set_up.kiosk(NO_SERVER) as kiosk:
        assert kiosk.look()["view"] == "Welcome"


def test_second_kiosk_on_the_same_setup_exits_with_1_and_names_the_socket(alone: House) -> None:
    set_up = alone.set_up().with_journal()
    with set_up.kiosk(stage=False) as kiosk:
        second = command(set_up, "run")
        assert second.returncode == 1
        assert "Traceback" not in second.stderr
        assert f"a kiosk is already running: it answers on {set_up.config.paths.socket}" in second.stderr
        assert kiosk.ask("queue")["queued"] == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_the_kiosk_with_0_and_empties_its_runtime_directory(alone: House, number: signal.Signals) -> None:
    set_up = alone.set_up().with_journal()
    with set_up.kiosk(stage=False) as kiosk:
        assert set_up.config.paths.socket.exists()
        assert kiosk.ask("queue") == {"queued": 0, "acknowledged": 0, "exceptions": 0, "oldest": None}
        assert kiosk.told(number) == 0
        assert left_in(set_up.config.paths.runtime) == []
        assert "Traceback" not in kiosk.log


def shutdown_seconds_with_a_silent_hub(alone: House) -> float:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        with alone.set_up({"central": {"url": url}}).with_journal().kiosk(stage=False) as kiosk:
            line, _ = deaf.accept()
            with line:
                line.recv(1)
                asked = time.monotonic()
                assert kiosk.told(signal.SIGTERM) == 0
                return time.monotonic() - asked


@pytest.mark.long
def test_unresponsive_hub_does_not_delay_shutdown(alone: House) -> None:
    """A request may take ten seconds, and the kiosk must not wait for it; three attempts allow for a slow disk."""
    assert any(shutdown_seconds_with_a_silent_hub(alone) < 5 for _ in range(3))


def test_failed_task_ends_the_kiosk_with_1(alone: House) -> None:
    """The socket cannot be created because a folder has its name."""
    set_up = alone.set_up().with_journal()
    set_up.config.paths.socket.mkdir(parents=True)
    with set_up.kiosk(stage=False) as kiosk:
        assert kiosk.ended() == 1
        assert "the kiosk failed and exits, to be restarted by the service manager" in kiosk.log
        assert "IsADirectoryError" in kiosk.log


@pytest.mark.long
def test_disk_full_during_a_visit_confirms_no_further_transaction(library: House, free: Iterator[str]) -> None:
    lent, wanted = next(free), next(free)
    with small_disk(library.folder / "small") as disk:
        set_up = library.set_up(journal=disk / "state").with_journal()
        with set_up.kiosk() as kiosk:
            kiosk.ask("ready")
            kiosk.tap(library.card("plain_3"))
            assert "Borrowed" in "\n".join(kiosk.scan(lent)["texts"])
            crumb, more = disk / "crumb", disk / "more"
            crumb.write_bytes(bytes(snapshot_pen.LEAST_FREE - LEAST_FREE + LITTLE))
            assert kiosk.scan(wanted)["view"] == "Refused"
            assert kiosk.press("finish")["view"] == "Farewell"
            assert library.title(lent) in kiosk.text
            assert library.title(wanted) not in kiosk.text
            assert kiosk.press("receipt_none")["view"] == "Welcome", "returns are still accepted"
            left = os.statvfs(disk)
            more.write_bytes(bytes(left.f_bavail * left.f_frsize - LEAST_FOR_LAST // 2))
            kiosk.press("return")
            assert kiosk.scan(lent)["view"] == "OutOfOrder"
            assert not [promise for promise in PROMISES if promise in kiosk.text]
            assert "cannot save loans or returns at the moment" in kiosk.text
            assert kiosk.seen["journal"] == {"queued": 0, "acknowledged": 1, "exceptions": 0}
            assert "journal is faulty: full" in kiosk.log
            crumb.unlink()
            more.unlink()
            assert kiosk.wait(75)["view"] == "Welcome"
    assert (len(library.loans(lent)), library.loans(wanted)) == (1, [])


@pytest.mark.long
def test_read_only_journal_confirms_no_transaction(library: House, free: Iterator[str]) -> None:
    wanted = next(free)
    with small_disk(library.folder / "frozen") as disk:
        set_up = library.set_up(journal=disk / "state").with_journal()
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        with set_up.kiosk() as kiosk:
            assert kiosk.look()["view"] == "OutOfOrder"
            kiosk.tap(library.card("plain_3"))
            assert kiosk.scan(wanted)["view"] == "OutOfOrder"
            assert not [promise for promise in PROMISES if promise in kiosk.text]
            assert re.search(r"journal .* is unwritable \(.*\): repair the disk", kiosk.log)
            kiosk.told(signal.SIGTERM)
    assert library.loans(wanted) == []


HTML = b"<html><body>It works!</body></html>"
RESPONSES = {
    "server error": Said(500, b"Internal Server Error"),
    "captive portal, redirect": Said(302, b"", location="http://login.example/"),
    "captive portal, own page": Said(200, b"<html><form>Accept our terms</form></html>"),
    "foreign JSON": Said(200, b'{"wire": 1, "answers": [{"id": 7}], "patron": []}', "application/json"),
    "truncated JSON": Said(200, b'{"wire": 1, "answers": [', "application/json"),
    "foreign 404": Said(404, HTML),
    "no response": NOTHING,
}


@pytest.mark.long
@pytest.mark.parametrize("who", RESPONSES)
def test_foreign_or_broken_hub_response_loses_no_loan(
    kiosk: Kiosk, network: OddNetwork, library: House, free: Iterator[str], who: str
) -> None:
    online, offline = next(free), next(free)
    before, logged = network.asked, len(kiosk.log)
    patron = f"plain_{1 + list(RESPONSES).index(who) % 4}"
    assert kiosk.tap(library.card(patron))["view"] == "Borrowing"
    assert "Offline" not in kiosk.seen["texts"]
    assert "Borrowed" in "\n".join(kiosk.scan(online)["texts"])
    network.saying = RESPONSES[who]
    kiosk.scan(offline)
    assert (kiosk.seen["view"], network.asked > before) == ("Borrowing", True)
    assert "Saved, not yet confirmed" in kiosk.text
    assert "Offline" in kiosk.seen["texts"]
    assert kiosk.seen["journal"]["queued"] == 1
    new = kiosk.log[logged:]
    assert re.search(r"WARNING kiosk\.system\.health: central is faulty: \w+", new)
    assert not LONG_NUMBER.search(new)
    network.saying = None
    kiosk.press("finish")
    kiosk.press("receipt_none")
    for _ in itertools.takewhile(lambda _: kiosk.look()["journal"]["queued"], range(30)):
        kiosk.wait(1)
    assert kiosk.seen["journal"]["queued"] == 0
    assert [loan["state"] for loan in library.loans(online) + library.loans(offline)] == ["on_loan", "on_loan"]
    assert kiosk.seen["view"] == "Welcome"


BAD_LABELS = {
    "nothing": "",
    "a NUL": "\x00",
    "an escape in the middle": "3659342\x1b0520696",
    "a line break in the middle": "3659342\n0520696",
    "pipes": "|36593420520696|",
    "10,000 characters": "3" * 10_000,
    "half a character": "\ud800",
    "parent path": "../../etc/passwd",
    "a wrong check digit": "36593420520697",
}


@pytest.mark.long
@pytest.mark.parametrize("label", BAD_LABELS.values(), ids=BAD_LABELS)
def test_invalid_label_shows_a_notice_and_the_session_continues(kiosk: Kiosk, library: House, label: str) -> None:
    logged = len(kiosk.log)
    assert kiosk.scan(label)["view"] == "Welcome"
    assert "This is not a library label" in kiosk.text
    kiosk.tap(library.card("plain_2"))
    assert kiosk.scan(label)["view"] == "Borrowing"
    assert "This is not a library label" in kiosk.text
    assert f"a scanned code of {len(label)} characters matches no number pattern of this library" in kiosk.log[logged:]
    assert not LONG_NUMBER.search(kiosk.log[logged:])
    assert kiosk.press("finish")["view"] == "Welcome"


@pytest.mark.long
@pytest.mark.parametrize("uid", ["", "04A1", "56CD936", "56cd936a", "04A1\x00", "F" * 10_000])
def test_incomplete_card_uid_shows_a_notice_and_the_session_continues(kiosk: Kiosk, library: House, uid: str) -> None:
    logged = len(kiosk.log)
    assert kiosk.tap(uid)["view"] == "Welcome"
    assert "The card was not read." in kiosk.text
    assert f"a card UID of {len(uid)} characters matches no pattern of the card reader" in kiosk.log[logged:]
    assert kiosk.tap(library.card("plain_2"))["view"] == "Borrowing"
    assert kiosk.press("finish")["view"] == "Welcome"


@pytest.mark.long
def test_journal_show_queries_the_running_kiosk(kiosk: Kiosk, library: House, free: Iterator[str]) -> None:
    """The journal is the kiosk's alone while it runs: the command could not even open it."""
    before = kiosk.look()["journal"]
    kiosk.tap(library.card("plain_2"))
    kiosk.scan(next(free))
    kiosk.press("finish")
    kiosk.press("receipt_none")  # the skipped post-visit question is a transaction, too
    shown = command(kiosk.set_up, "journal", "show")
    assert (shown.returncode, shown.stderr) == (0, "")
    journal = kiosk.set_up.config.paths.journal
    assert shown.stdout == f"{journal}: 0 queued, {before['acknowledged'] + 2} acknowledged, 0 set aside\n"
