"""Test that `kiosk check` recognises each of the simulator's dialects."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kiosk.central import CentralUnavailable
from kiosk.commands.check import Finding, check, hub_beside, probe_server, sip2
from kiosk.config import Config, load, write_example
from kiosk.config.central import Sip2Central
from kiosk.sip2_simulator import answers
from kiosk.sip2_simulator.answers import ResponseContext
from kiosk.sync.enrolment import enrol
from kiosk.sync.sip2.connection import Peer, Sip2Connection, Speech
from kiosk.sync.sip2.message import Sip2Message, read
from kiosk.sync.sip2.requests import SystemLogin, login
from kiosk.sync.sip2.server_probe import ProbeResult, ServerBehaviour, look
from kiosk.system.clock import VisitClock
from kiosk.system.health import Condition
from kiosk.visit_player.proxy import serving
from kiosk.words import Words
from tests.kiosk.config.sip2_test import written
from tests.kiosk.sync.bench import run_async
from tests.kiosk.sync.demo_hub import DemoHub
from tests.kiosk.sync.sip2.client_test import System, running

WORDS = Words("en", "Asia/Shanghai", "CNY")
ENGLISH = Words("en", "Asia/Shanghai", "CNY")
SYSTEM = {"driver": "sip2", "host": "127.0.0.1", "profile": "koha"}


def probe(section: Sip2Central) -> Finding:
    return sip2(WORDS, section, asyncio.run(probe_server(section)))


async def probe_together(*sections: Sip2Central) -> list[Finding]:
    """Probe at once, because servers that ignore unknown messages delay each probe."""
    seen = await asyncio.gather(*map(probe_server, sections))
    return [sip2(WORDS, section, each) for section, each in zip(sections, seen, strict=True)]


@pytest.mark.parametrize(
    ("dialect", "profile"), [("koha", "koha"), ("evergreen", "evergreen"), ("folio", "folio"), ("strict", "generic")]
)
def test_each_dialect_is_recognised(tmp_path: Path, dialect: str, profile: str) -> None:
    with running(dialect) as system:
        section = load(written(tmp_path, port=system.port, profile=profile, charset="utf-8")).central
        word = tmp_path / "word"
        word.write_text("word\n")
        word.chmod(0o600)
        assert isinstance(section, Sip2Central)
        section = section.model_copy(update={"user": "kiosk", "password_file": word})
        found, other = asyncio.run(probe_together(section, section.model_copy(update={"profile": "koha"})))
        assert found.seen == f"Looks like {profile}"
        assert found.hint == ""
        assert bool(other.hint) == (profile != "koha")


def test_forbidden_function_is_reported(tmp_path: Path) -> None:
    with running("folio") as system:
        assert system.simulator is not None
        system.simulator.orders.turn("forbids", 1, system.library)
        section = load(written(tmp_path, port=system.port, profile="folio")).central
        assert isinstance(section, Sip2Central)
        found = probe(section)
        assert "The system does not offer: borrowing" in found.hint


@pytest.mark.parametrize(
    ("bx", "words"),
    [
        ("YYYYYYYNYYYYYYYY", "does not list: 63 (Patron Information). The kiosk needs"),
        ("YYYYYYYNYYNYYYYY", "does not list: 63 (Patron Information), 17 (Item Information). The kiosk needs"),
        ("YYYYYYYYYYYYYYYY", ""),
        ("YYYYYYY", ""),
    ],
)
def test_missing_required_message_in_bx_is_reported(tmp_path: Path, bx: str, words: str) -> None:
    section = load(written(tmp_path, profile="generic")).central
    assert isinstance(section, Sip2Central)
    status = read(f"98YYYYNY01000320261127    1200002.00AOmain|BX{bx}|")
    hint = sip2(WORDS, section, ProbeResult(ServerBehaviour(), status)).hint
    assert words in hint and ("BX" in hint) is bool(words)


@run_async
async def test_unreachable_server_and_refused_login_are_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(CentralUnavailable, match="no_answer"):
        await look(Peer("127.0.0.1", port), Speech(), None)
    wrong = login(SystemLogin(user="wrong", password="wrong"))
    with running("koha") as system, pytest.raises(CentralUnavailable, match="login_refused"):
        await look(Peer("127.0.0.1", system.port), Speech(), wrong)


@dataclass
class UnknownMessageServer:
    """A server with a fixed reply to unknown messages."""

    unknown: bytes | None
    """Reply to an unknown message; None to reset the connection."""
    logins: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.readuntil(b"\r"):
            if data.startswith(b"93"):
                self.logins += 1
                writer.write(b"941\r")
            elif data.startswith((b"99", b"97")):
                writer.write(b"98YYYYNY01000320261127    1200002.00AOmain|BXYYYYYYYYYYYYYYYY|\r")
            elif self.unknown is None:
                writer.transport.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                )
                writer.transport.abort()
                return
            else:
                writer.write(self.unknown)
            await writer.drain()


@pytest.mark.parametrize(
    ("reply", "seen"), [(b"96\r", "96"), (b"\n96AZFEF6\r\n", "96"), (None, "closed"), (b"98YYY\r", "")]
)
@run_async
async def test_response_to_an_unknown_message_is_classified(reply: bytes | None, seen: str) -> None:
    """Includes a stray line ending before the reply, and a reset connection."""
    server = UnknownMessageServer(reply)
    async with serving(server.serve) as port:
        peer, speech = Peer("127.0.0.1", port), Speech(error_detection=False)
        found = await look(peer, speech, login(SystemLogin(user="k", password="w")))
    assert found.manners.unknown == seen


def test_check_logs_in_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    logins: list[str] = []
    real = answers.login

    def count(counter: ResponseContext, request: Sip2Message) -> Sip2Message:
        logins.append(request.code)
        return real(counter, request)

    monkeypatch.setattr(answers, "login", count)
    with running("koha") as system:
        word = tmp_path / "word"
        word.write_text("word\n")
        word.chmod(0o600)
        file = written(tmp_path, port=system.port, user="kiosk", password_file=str(word))
        check(file, as_json=False)
    assert logins == ["93"]
    assert "Looks like koha" in capsys.readouterr().out


def check_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, **central: Any) -> tuple[str, str]:
    """State and hint that `kiosk check` reports for a part."""
    check(written(tmp_path, **central), as_json=True)
    (found,) = [each for each in json.loads(capsys.readouterr().out) if each["name"] == name]
    return f"{found['condition']}: {found['seen']}", found["hint"]


def test_wrong_institution_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running("folio") as system:
        finding = check_finding(tmp_path, capsys, "sip2", port=system.port, profile="folio", institution="north")
        right = check_finding(tmp_path, capsys, "sip2", port=system.port, profile="folio", institution="main")
    assert finding[0].startswith("faulty") and "Wrong institution: kiosk.toml says north" in finding[1]
    assert "Set institution = main." in finding[1]
    assert right[0].startswith("ready") and "institution" not in right[1]


def test_wrong_password_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    word = tmp_path / "word"
    word.write_text("wrong\n")
    word.chmod(0o600)
    with running("koha") as system:
        finding = check_finding(tmp_path, capsys, "central", port=system.port, user="wrong", password_file=str(word))
    assert finding == (
        "faulty: Refuses the login",
        "The library system refuses the login. Check user and the password in password_file.",
    )


def test_missing_login_is_reported(system: System, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Koha closes the connection if the first message is not a login."""
    finding = check_finding(tmp_path, capsys, "central", port=system.port)
    assert finding == (
        "faulty: Closes the connection",
        "Check user and password_file. If they are right, the library system must accept this kiosk's address.",
    )


@run_async
async def test_missing_login_closes_the_connection_in_service(system: System) -> None:
    line = Sip2Connection(Peer("127.0.0.1", system.port), Speech(), None)
    with pytest.raises(CentralUnavailable, match="hung_up"):
        await line.greet()


@pytest.mark.parametrize("says", [b"login: ", b"\xff\xfb\x01\xff\xfb\x03\r\nlogin: ", b"HTTP/1.1 400 Bad Request\r\n"])
def test_service_other_than_sip2_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str], says: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:

        def serve() -> None:
            line, _ = other.accept()
            line.sendall(says)
            line.recv(100)
            line.close()

        thread = threading.Thread(target=serve)
        thread.start()
        finding = check_finding(tmp_path, capsys, "central", port=other.getsockname()[1])
        thread.join()
    assert finding == (
        "faulty: Answers, but not in SIP2",
        "Another service, such as telnet, uses this port. Set the raw SIP2 port in kiosk.toml.",
    )


@pytest.mark.parametrize(
    ("temper", "name", "seen", "hint"),
    [
        (
            "forbids",
            "sip2",
            "Looks like",
            "borrowing, returning, renewing. Ask the library to allow it for this kiosk's",
        ),
        ("down", "central", "Reports that it is closed", "accepts no kiosks right now"),
    ],
)
def test_system_that_forbids_or_is_down_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], temper: str, name: str, seen: str, hint: str
) -> None:
    with running("folio") as system:
        assert system.simulator is not None
        system.simulator.orders.turn(temper, 1, system.library)
        finding = check_finding(tmp_path, capsys, name, port=system.port, profile="folio")
    assert finding[0].startswith(f"faulty: {seen}") and hint in finding[1]


def kiosk(folder: Path, url: str, state: Path) -> Config:
    sections = {"central": SYSTEM, "hub": {"url": url}}
    return load(write_example(folder / "kiosk.toml", state, folder / "run", "http://127.0.0.1:8000", sections))


def hub_finding(config: Config, ahead: timedelta = timedelta(), language: str = "en") -> Finding:
    (finding,) = hub_beside(config, Words(language, "Asia/Shanghai", "CNY"), VisitClock(datetime.now(UTC) + ahead))
    assert finding.name == "hub"
    return finding


def test_check_reports_a_known_hub_and_a_clock_difference(hub: DemoHub, tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    enrol(hub.url, hub.code("with-check"), state)
    config = kiosk(tmp_path, hub.url, state)
    finding = hub_finding(config)
    assert (finding.condition, finding.hint) == (Condition.READY, "") and "Answers in" in finding.seen
    late = hub_finding(config, timedelta(hours=1))
    assert late.condition is Condition.FAULTY and "differ by 1 h 0 min" in late.hint, late.hint
    assert "校正" in hub_finding(config, timedelta(hours=1), "zh").hint


def test_check_reports_an_unknown_device_and_an_unreachable_hub(hub: DemoHub, tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    assert hub_finding(kiosk(tmp_path, hub.url, state)).seen == "Not enrolled"
    enrol(hub.url, hub.code("with-away"), state)
    assert hub_finding(kiosk(tmp_path, "http://127.0.0.1:9", state)).condition is Condition.FAULTY
    hub.code("with-away")
    other = tmp_path / "other"
    other.mkdir(mode=0o700)
    enrol(hub.url, hub.code("with-away"), other)
    assert hub_finding(kiosk(tmp_path, hub.url, state)).condition is Condition.FAULTY, "another device has the name now"


def test_check_without_a_hub_reports_nothing(tmp_path: Path) -> None:
    sections: dict[str, dict[str, Any]] = {"central": SYSTEM, "policy": {"days": 28}}
    file = write_example(
        tmp_path / "kiosk.toml", tmp_path / "state", tmp_path / "run", "http://127.0.0.1:8000", sections
    )
    assert hub_beside(load(file), ENGLISH, VisitClock(datetime.now(UTC))) == []
