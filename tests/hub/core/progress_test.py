"""Test the progress of long commands: lines without a terminal, a bar on a terminal."""

import os
import pty
import re
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from hub.circulation.operations import loan_changes
from hub.cli import main
from hub.commands import work
from hub.core import progress
from hub.demo.sample_data import SAMPLE
from hub.ils.bridge import feed_relay
from tests.hub.csv_sheets.sheet_import_test import sheet
from tests.hub.support.prebuilt_database import migrate_output
from tests.hub.support.world import World
from tests.support.demo_library import demo
from tests.support.patience import PATIENCE

PAUSE_S = 0.01
PATRONS = "identifier,name,category\n" + "".join(f"{20000000000500 + each},Ada,adult\n" for each in range(300))
BAR = """
import time
from hub.core import progress
progress.REFRESH_S = 0.05
with progress.progress("import-marc", "records", 4) as bar:
    bar.update()
    time.sleep(0.5)
"""


@pytest.fixture
def short_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "INTERVAL_S", PAUSE_S)


def lines_until(capsys: pytest.CaptureFixture[str], wanted: str) -> list[str]:
    """Return the lines printed until one matches."""
    lines: list[str] = []
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        lines += capsys.readouterr().err.splitlines()
        if any(re.match(wanted, line) for line in lines):
            return lines
        time.sleep(PAUSE_S)
    raise AssertionError(lines)


def test_progress_without_a_terminal_prints_lines(short_interval: None, capsys: pytest.CaptureFixture[str]) -> None:
    with progress.progress("import-marc", "records", 4) as bar:
        bar.update(1)
        lines = lines_until(capsys, r"import-marc: +25% 1/4 \[")
    assert not any("\r" in line for line in lines)


def test_short_work_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.progress("import-marc", "records", 4) as bar:
        bar.update(4)
    assert capsys.readouterr().err == ""


def test_nested_work_shows_the_inner_progress_only(short_interval: None, capsys: pytest.CaptureFixture[str]) -> None:
    with progress.progress("work", "jobs", 7), progress.progress("carry", "events", 500):
        capsys.readouterr()
        lines = lines_until(capsys, "carry: ")
    assert not any(line.startswith("work") for line in lines)


def test_progress_on_a_terminal_is_a_bar_that_disappears() -> None:
    above, below = pty.openpty()
    termios.tcsetwinsize(below, (24, 80))
    subprocess.run((sys.executable, "-c", BAR), stderr=below, check=True, timeout=PATIENCE)
    os.set_blocking(above, False)
    drawn = os.read(above, 100_000).decode()
    os.close(below)
    os.close(above)
    assert re.search(r"\rimport-marc: +25%\|\S+ +\| 1/4 ", drawn), drawn
    assert drawn.endswith("\r")


def test_migrate_names_the_migration_and_the_total(short_interval: None) -> None:
    output = migrate_output()
    assert re.search(r"^migrate \w+\.\d{4}_\w+: +\d+% \d+/\d+ \[", output, re.MULTILINE), output


@pytest.mark.parametrize("command", ["import-marc", "import-patrons"])
def test_import_counts_the_rows_read(
    command: str, world: World, tmp_path: Path, short_interval: None, capsys: pytest.CaptureFixture[str]
) -> None:
    file = SAMPLE if command == "import-marc" else sheet(tmp_path, PATRONS)
    assert main([command, str(file)]) == 0
    assert re.search(r"^(import-marc|sheet\.csv): +\S", capsys.readouterr().err, re.MULTILINE)


def test_work_names_the_running_job(short_interval: None, capsys: pytest.CaptureFixture[str]) -> None:
    output = list[str]()
    jobs = (("quick", lambda _now: None), ("slow", lambda _now: output.extend(lines_until(capsys, "slow: "))))
    assert work.run(work.with_progress(jobs)) == 0
    assert any(re.match(r"slow: +50% 1/2 \[", line) for line in output)


def test_feed_relay_counts_events_in_batches(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_relay, "BATCH", 2)
    for item in (world.dune, world.emma, world.utopia):
        loan_changes.checkout(world.by, world.ada, item)
    wanted, batches = feed_relay.waiting(), list[int]()
    assert feed_relay.carry(batches.append) == sum(batches) == wanted >= 3
    assert len(batches) > 1
    assert feed_relay.waiting() == 0


def drawn(state: Path, *command: str) -> str:
    """Run a hub command on a pseudo-terminal, on SQLite, and return what it draws."""
    above, below = pty.openpty()
    termios.tcsetwinsize(below, (24, 100))
    environment = {**os.environ, "KIOSK_HUB_STATE": str(state), "DATABASE_URL": ""}
    whole = (sys.executable, "-m", "hub.cli", *command)
    with subprocess.Popen(whole, env=environment, stdout=subprocess.DEVNULL, stderr=below) as process:
        os.close(below)
        pieces = []
        try:
            while piece := os.read(above, 100_000):
                pieces.append(piece)
        except OSError:  # the command ended and closed its side of the terminal
            pass
        assert process.wait(PATIENCE) == 0, pieces
    os.close(above)
    return b"".join(pieces).decode()


def steps(output: str) -> list[str]:
    """Return the descriptions of the bars in order, each once."""
    return list(dict.fromkeys(re.findall(r"\r([a-z][\w .]*?)(?: \w+\.\d{4}_\w+)?: +\d+[%/ ]", output)))


@pytest.mark.long
def test_backup_names_each_step_with_its_progress(tmp_path: Path) -> None:
    demo(state := tmp_path / "hub")
    output = drawn(state, "backup", str(tmp_path / "hub.backup"), "--clear")
    assert steps(output) == ["copy the database", "backup"]
    assert re.search(r"backup: +\d+%\|.*\| \d+/\d+ \[", output), output


@pytest.mark.long
def test_restore_and_rehearsal_name_each_step_with_its_progress(tmp_path: Path) -> None:
    source, target, key, file = (tmp_path / name for name in ("here", "there", "key", "file"))
    demo(source)
    for command in (("backup-key", str(key)), ("backup", str(file))):
        drawn(source, *command)
    output = drawn(target, "restore", str(file), "--key", str(key))
    assert steps(output) == [
        "decrypt", "check the backup", "make the tables", "read the backup", "migrate", "train the recommendations",
    ]  # fmt: skip
    assert re.search(r"read the backup: +\d+%\|.*\| [\d.]+k?/[\d.]+[kM] \[", output), output
    assert steps(drawn(source, "rehearse")) == [
        *(f"write {name}" for name in ("patrons.csv", "items.csv", "loans.csv", "holds.csv", "fees.csv", "titles.mrc")),
        "read what is compared", "migrate", "titles.mrc", "items.csv", "patrons.csv", "loans.csv", "holds.csv",
        "fees.csv",
    ]  # fmt: skip
