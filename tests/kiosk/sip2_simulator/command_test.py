"""Test `kiosk simulator` as a developer runs it: sockets, control commands, transcript, final state."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kiosk.sip2_simulator.dialects import DIALECTS
from kiosk.sip2_simulator.fault_modes import FAULT_MODES
from kiosk.sync.sip2.message import wrap
from tests.support.patience import PATIENCE


@dataclass
class Running:
    process: subprocess.Popen[str]
    sip2: int
    control: int

    def say(self, *messages: str) -> str:
        with socket.create_connection(("127.0.0.1", self.sip2), timeout=PATIENCE) as line:
            for number, each in enumerate(messages):
                line.sendall(wrap(each, number, "utf-8"))
                response = b""
                while not response.endswith(b"\r\n"):
                    response += line.recv(4096)
        return response.decode()

    def order(self, **order: object) -> dict[str, Any]:
        with socket.create_connection(("127.0.0.1", self.control), timeout=PATIENCE) as line:
            line.sendall(json.dumps(order).encode() + b"\n")
            reply: dict[str, Any] = json.loads(line.makefile().readline())
            return reply

    def end(self) -> dict[str, Any]:
        self.process.send_signal(signal.SIGTERM)
        reply, _ = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 0
        truth: dict[str, Any] = json.loads(reply)
        return truth


@contextmanager
def running(*options: str) -> Iterator[Running]:
    command = [sys.executable, "-m", "kiosk.cli", "simulator", "--port", "0", "--control", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    ports = re.findall(r":(\d+)", process.stdout.readline())
    try:
        yield Running(process, int(ports[0]), int(ports[1]))
    finally:
        process.kill()
        process.wait()


LOGIN = "9300CNkiosk|COword|"
NOW = "20261127    120000"
LEND = f"11NN{NOW}{NOW}AOmain|AA1001|AB3001|AC|"


def test_checkout_is_recorded_in_the_transcript_and_final_state(tmp_path: Path) -> None:
    transcript = tmp_path / "transcript"
    with running("--transcript", str(transcript), "--zone", "Europe/Berlin") as system:
        assert system.say(LOGIN, LEND).startswith("121N")
        truth = system.end()
    assert [(each["barcode"], each["patron"]) for each in truth["loans"]] == [("3001", "1001")]
    assert [each["did"] for each in truth["events"]] == ["checkout"]
    lines = transcript.read_text(encoding="utf-8").splitlines()
    assert [each.split(" ")[2] for each in lines] == [">", "<", ">", "<", "-"]


def test_control_commands_change_the_responses() -> None:
    with running() as system:
        assert system.order(do="refuse", next=1) == {"ok": True}
        assert system.say(LOGIN, LEND).startswith("120")
        assert system.say(LOGIN, LEND).startswith("121")
        assert system.order(do="truth")["loans"][0]["barcode"] == "3001"
        assert system.order(do="temper", name="forbids")["ok"]
        assert system.say(LOGIN, "9900422.00").startswith("98YNNNNN")
        assert system.order(do="temper", name="calm")["ok"]
        assert not system.order(do="temper", name="sunny")["ok"]
        assert "there is nothing called dance" in system.order(do="dance")["why"]


def test_responses_are_delayed_by_the_configured_latency() -> None:
    """The latency is set at the start and by a command; each exchange has two messages."""
    with running("--latency", "0.15") as system:
        for seconds in (0.15, 0.25):
            began = time.monotonic()
            system.say(LOGIN, "9900422.00")
            assert time.monotonic() - began >= 2 * seconds
            assert system.order(do="delay", seconds=0.25) == {"ok": True}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--temper", "sunny"], "there is no temper sunny: calm, bad-checksum"),
        (["--dialect", "klingon"], "there is no dialect klingon: koha, evergreen"),
        (["--charset", "ebcdic"], "there is no charset ebcdic: cp850"),
        (["--library", "/nowhere.json"], "kiosk simulator: cannot read /nowhere.json: No such file or directory\n"),
        (["--library", __file__], "no library of patrons and items in JSON"),
        (["--transcript", "/nowhere/x"], "kiosk simulator: cannot write /nowhere/x: No such file or directory\n"),
        (["--zone", "Moon/Base"], "Moon/Base"),
    ],
)
def test_invalid_arguments_are_reported(options: list[str], words: str) -> None:
    command = [sys.executable, "-m", "kiosk.cli", "simulator", "--port", "0", *options]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert ended.returncode == 2
    assert words in ended.stderr


def test_port_in_use_is_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        command = [sys.executable, "-m", "kiosk.cli", "simulator", "--port", port]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (ended.returncode, ended.stderr) == (
        2,
        "kiosk simulator: cannot listen: Address already in use. Choose other ports with --port and --control.\n",
    )


@pytest.mark.long
def test_demo_library_can_be_served() -> None:
    with running("--demo-library") as system:
        reply = system.say(LOGIN, f"63000{NOW}          AOmain|AA56CD936A|")
        assert "AEAda Sample|" in reply and "BLY" in reply
        loans = system.order(do="truth")["loans"]
        assert len(loans) == 6


def test_documentation_names_every_dialect_and_fault_mode() -> None:
    page = Path(__file__).parents[3].joinpath("docs", "simulator.md").read_text(encoding="utf-8")
    assert [each for each in (*DIALECTS, *FAULT_MODES) if f"`{each}`" not in page] == []
