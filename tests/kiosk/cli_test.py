"""Test the kiosk's commands after a mistake: one sentence with the remedy, and no traceback."""

from __future__ import annotations

import contextlib
import io
import itertools
import logging
import os
import subprocess
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk import cli
from kiosk.config import load, write_example
from kiosk.journal.journal import Journal, Moment, State
from lending.model import ItemId
from lending.transactions import Checkin, ClockTrust, ReturnMode
from lending.wire import encode
from tests.support.patience import PATIENCE

ROOT = Path(__file__).parents[2]
TOUR = ROOT / "kiosk/visits/tour.toml"
UNPRIVILEGED_UID = 65534


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a valid kiosk configuration without a journal."""
    return write_example(
        tmp_path / "kiosk.toml",
        state=tmp_path / "state",
        runtime=tmp_path / "run",
        url="http://127.0.0.1:9",
    )


def kiosk(*words: object, python: Sequence[str] = (), **environment: str) -> tuple[int, str, str]:
    """Return exit code, standard output and standard error.

    A separate process takes a second, so it is used only with `python` or `environment`.
    """
    if not python and not environment:
        return called(*words)
    line = [*(python or (sys.executable,)), "-m", "kiosk.cli", *map(str, words)]
    done = subprocess.run(
        line, capture_output=True, text=True, timeout=PATIENCE, cwd="/", env={**os.environ, **environment}
    )
    assert "Traceback" not in done.stderr + done.stdout
    return done.returncode, done.stdout, done.stderr


def called(*words: object) -> tuple[int, str, str]:
    """Run the command in this process."""
    out, errors = io.StringIO(), io.StringIO()
    with contextlib.chdir("/"), contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        try:
            code = cli.main([str(word) for word in words])
        except SystemExit as end:
            code = int(end.code or 0)
    return code, out.getvalue(), errors.getvalue()


def test_invalid_configuration_is_reported_key_by_key(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    text = text.replace("[library]\n", '[library]\nbrnch = "main"\n').replace(
        'driver = "simulated"', 'driver = "rfid"', 1
    )
    file.write_text(text + "width = 17\n", encoding="utf-8")
    for command in (("run",), ("config", "validate"), ("journal", "show"), ("visit", TOUR)):
        code, printed, complaint = kiosk(*command, "--config", file)
        assert (code, printed) == (1, "")
        first, *faults = complaint.splitlines()
        assert first == f"{file}: errors to correct: 3"
        assert '  library.brnch = "main" is unknown; did you mean branch?' in faults
        assert "  card_reader.driver = 'rfid': should be one of mfrc522, keyboard, serial, simulated, none" in faults
        assert "  screen.width = 17: should be greater than or equal to 600" in faults


def test_valid_configuration_is_confirmed(file: Path) -> None:
    assert kiosk("config", "validate", "--config", file) == (0, f"{file}: valid\n", "")


@pytest.mark.parametrize(
    ("part", "warning"),
    [
        ("security_gate", "books with a security strip will ring at the gate"),
        ("item_pad", "ISO 15693 item tags are not read"),
    ],
)
def test_missing_part_warns_about_books_that_ring(file: Path, part: str, warning: str) -> None:
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(f'[{part}]\ndriver = "simulated"', f'[{part}]\ndriver = "none"'), "utf-8")
    code, printed, _ = kiosk("config", "validate", "--config", file)
    assert code == 0
    assert warning in printed


@pytest.mark.parametrize("command", [("run",), ("config", "validate"), ("journal", "create"), ("visit", TOUR)])
def test_missing_configuration_file_is_reported(command: Sequence[object], tmp_path: Path) -> None:
    missing = tmp_path / "kiosk.toml"
    assert kiosk(*command, "--config", missing) == (1, "", f"{missing} does not exist: set another with --config\n")


def test_run_without_enrolment_names_the_enrol_command(file: Path, tmp_path: Path) -> None:
    offscreen = {"SDL_VIDEODRIVER": "offscreen", "KIVY_HOME": str(tmp_path / "kivy")}
    code, _, complaint = kiosk("run", "--config", file, **offscreen)
    assert code == 1
    last = complaint.splitlines()[-1]
    assert f"this kiosk is not enrolled, {tmp_path / 'state' / 'identity.json'} is missing: ask the hub" in last
    assert "`sudo kiosk enrol`" in last


def test_enrol_reports_unreachable_hub_and_invalid_code(file: Path) -> None:
    code, printed, complaint = kiosk("enrol", "--config", file, "--code", "7KQ2-M9XC-4TDA-0BWE")
    assert (code, printed) == (1, "")
    assert complaint.startswith("the hub at http://127.0.0.1:9 does not respond: check the address")
    complaint = kiosk("enrol", "--config", file, "--code", "7KQ2")[2]
    assert complaint.startswith("'7KQ2' is not a valid code: codes have 16 letters")


def test_off_reports_a_missing_gpio_header_in_the_terminal_language(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The test machine has no GPIO header."""
    text = file.read_text(encoding="utf-8").replace(
        '[lights]\ndriver = "simulated"', '[lights]\ndriver = "gpio"\nstatus = 17'
    )
    file.write_text(text, encoding="utf-8")
    assert cli.main(["off", "--config", str(file)]) == 1
    assert capsys.readouterr().err == "lights.status = 17: No pins on this machine\n"
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert cli.main(["off", "--config", str(file)]) == 1
    assert capsys.readouterr().err.startswith("lights.status = 17: 本机")


def test_command_called_in_process_keeps_logging_and_exception_hooks(file: Path) -> None:
    def of_the_process() -> tuple[object, ...]:
        return logging.getLogger().handlers[:], logging.getLogger().level, sys.excepthook, threading.excepthook

    before = of_the_process()
    assert cli.main(["config", "validate", "--config", str(file)]) == 0
    assert of_the_process() == before


def test_enrol_prompts_for_a_missing_code(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The code is read without echo or from standard input, so it never appears in the process list."""
    monkeypatch.setattr("sys.stdin", io.StringIO("7KQ2\n"))
    assert cli.main(["enrol", "--config", str(file)]) == 1
    assert capsys.readouterr().err.startswith("'7KQ2' is not a valid code: codes have 16 letters")
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", terminal)
    monkeypatch.setattr(
        "kiosk.commands.prompts.getpass", lambda question: "9KQ2" if "One-time code" in question else ""
    )
    assert cli.main(["enrol", "--config", str(file)]) == 1
    assert capsys.readouterr().err.startswith("'9KQ2' is not a valid code: codes have 16 letters")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("run", "--stage", "--via", "nowhere"), "argument --via: 'nowhere' is not HOST:PORT"),
        (("run", "--stage", "--via", "127.0.0.1:99999"), "argument --via: '127.0.0.1:99999' is not HOST:PORT"),
        (("run", "--stage", "--clock", "noon"), "argument --clock: 'noon' is not a time with an offset, such as 2026"),
        (("run", "--stage", "--clock", "2026-11-24T10:00:00"), "argument --clock: '2026-11-24T10:00:00' is not a time"),
        (("journal", "mend"), "invalid choice: 'mend'"),
        (("--log", "loud", "run"), "invalid choice: 'loud'"),
        (("visit",), "name at least one FILE"),
        (("visit", "/no/such.toml"), "/no/such.toml does not exist"),
        (("visit", TOUR, "--bench", "no_such:Thing"), "--bench no_such:Thing: No module named 'no_such'"),
        (("visit", TOUR, "--out", "/proc/version/here"), "--out /proc/version/here: Not a directory; name another"),
        (("visit", TOUR, "--out", "/dev/null"), "--out /dev/null: File exists; name another folder"),
    ],
)
def test_invalid_arguments_exit_with_2(words: Sequence[object], complaint: str) -> None:
    code, _, said = kiosk(*words)
    assert code == 2
    assert complaint in said


def test_journal_create_refuses_to_overwrite_an_existing_journal(file: Path) -> None:
    journal = load(file).paths.journal
    assert kiosk("journal", "show", "--config", file)[0] == 1
    assert kiosk("journal", "create", "--config", file) == (0, f"journal created: {journal}\n", "")
    before = (journal.read_bytes(), journal.stat())
    code, printed, complaint = kiosk("journal", "create", "--config", file)
    assert (code, printed) == (1, "")
    assert complaint == f"{journal} already exists and may contain loans. It was not changed.\n"
    assert (journal.read_bytes(), journal.stat().st_mtime_ns) == (before[0], before[1].st_mtime_ns)
    assert sorted(each.name for each in journal.parent.iterdir()) == ["journal.db"]
    printed = kiosk("journal", "show", "--config", file)[1]
    assert printed == f"{journal}: 0 queued, 0 acknowledged, 0 set aside\n"


def test_journal_show_lists_rows_without_card_or_item_numbers(file: Path) -> None:
    path = load(file).paths.journal
    Journal.create(path)
    journal = Journal.open(path)
    kind, body = encode(Checkin(ItemId("30000000000004"), ReturnMode.PROVISIONAL))
    noon = Moment(datetime(2026, 11, 24, 12, 0, tzinfo=UTC), ClockTrust.SYNCED, "boot", 1)
    for no_block in (True, False):
        journal.append(kind, body, noon, no_block=no_block)
    journal.close_file()
    assert kiosk("journal", "show", "--config", file)[1].splitlines() == [
        f"{path}: 2 queued, 0 acknowledged, 0 set aside",
        "  1  2026-11-24 12:00:00  checkin  no block: yes",
        "  2  2026-11-24 12:00:00  checkin  no block: no",
    ]


def test_journal_resend_requeues_rows_from_a_given_number(file: Path) -> None:
    path = load(file).paths.journal
    Journal.create(path)
    journal = Journal.open(path)
    kind, body = encode(Checkin(ItemId("30000000000004"), ReturnMode.PROVISIONAL))
    noon = Moment(datetime(2026, 11, 24, 12, 0, tzinfo=UTC), ClockTrust.SYNCED, "boot", 1)
    for _ in range(3):
        journal.close(journal.append(kind, body, noon, no_block=False).id, State.ACCEPTED, "{}", "", noon.at)
    resend = ("journal", "resend", "--from", 2, "--config", file)
    assert "stop the other kiosk process" in kiosk(*resend)[2]
    journal.close_file()
    assert kiosk("journal", "resend", "--config", file)[0] == 2
    assert kiosk(*resend) == (0, f"{path}: 2 rows from 2 on are sent again at the kiosk's next start\n", "")
    assert kiosk("journal", "show", "--config", file)[1].splitlines() == [
        f"{path}: 2 queued, 1 acknowledged, 0 set aside",
        "  2  2026-11-24 12:00:00  checkin  no block: yes",
        "  3  2026-11-24 12:00:00  checkin  no block: yes",
    ]


def test_journal_show_reports_a_damaged_journal_and_its_remedy(file: Path) -> None:
    journal = load(file).paths.journal
    Journal.create(journal)
    journal.write_bytes(b"this was a journal once" * 100)
    code, printed, complaint = kiosk("journal", "show", "--config", file)
    assert (code, printed) == (1, "")
    assert complaint.startswith(f"journal {journal} is damaged")
    assert "start the kiosk: it moves the file aside" in complaint


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: it switches to a user without access to the journal")
def test_journal_commands_report_missing_permissions(file: Path) -> None:
    Journal.create(load(file).paths.journal)
    file.chmod(0o644)
    for folder in itertools.takewhile(lambda each: each != Path(tempfile.gettempdir()), file.parents):
        folder.chmod(0o755)
    unprivileged = ("setpriv", f"--reuid={UNPRIVILEGED_UID}", "--clear-groups", sys.executable)
    if subprocess.run([*unprivileged, "-c", "import kiosk.cli"], cwd="/", capture_output=True, check=False).returncode:
        pytest.skip("the checkout is not readable by other users")
    for what in ("show", "create"):
        code, _, complaint = kiosk("journal", what, "--config", file, python=unprivileged)
        assert code == 1
        assert "is unwritable (Permission denied): repair the disk or the permissions" in complaint


@pytest.mark.parametrize("command", [("demo", "--headless"), ("visit", TOUR), ("bench", "visit", "--quick")])
def test_commands_that_need_the_hub_name_the_package_to_install(command: Sequence[object], tmp_path: Path) -> None:
    """Simulate an installation without the hub's packages."""
    packages = tmp_path / "packages"
    packages.mkdir()
    for each in Path(sysconfig.get_path("purelib")).iterdir():
        if not each.name.lower().startswith(("django", "ninja")):
            (packages / each.name).symlink_to(each)
    alone = (sys.executable, "-S")
    code, _, complaint = kiosk(*command, python=alone, PYTHONPATH=f"{packages}:{ROOT}")
    assert code == 1
    assert complaint.splitlines()[-1] == (
        "the demo library needs the hub: install `library-kiosk[hub]` into this environment"
    )


def test_config_show_prints_every_key_and_can_be_loaded_again(file: Path, tmp_path: Path) -> None:
    code, printed, _ = kiosk("config", "show", "--config", file)
    assert code == 0 and 'timezone = "Asia/Shanghai"' in printed, "a default that the file does not name"
    again = tmp_path / "again.toml"
    again.write_text(printed, encoding="utf-8")
    assert kiosk("config", "show", "--config", again) == (0, printed, "")
