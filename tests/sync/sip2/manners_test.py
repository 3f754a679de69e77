"""Whose manners a server has, seen on the wire: by kiosk check at each of the simulator's dialects."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from kiosk.check_sip2 import sip2
from kiosk.config import load
from kiosk.config.central import Sip2Central
from kiosk.sync.central import CentralAway
from kiosk.sync.sip2.line import Peer, Speech
from kiosk.sync.sip2.manners import look
from kiosk.sync.sip2.profile import Account
from kiosk.sync.sip2.requests import login
from kiosk.words import Words
from tests.config_sip2_test import written
from tests.sync.bench import told
from tests.sync.sip2.central_test import running

WORDS = Words("en", "Asia/Shanghai", "CNY")


@pytest.mark.parametrize(
    ("dialect", "profile"), [("koha", "koha"), ("evergreen", "evergreen"), ("folio", "folio"), ("strict", "generic")]
)
def test_each_dialect_is_known_by_its_manners(tmp_path: Path, dialect: str, profile: str) -> None:
    with running(dialect) as system:
        section = load(written(tmp_path, port=system.port, profile=profile, charset="utf-8")).central
        word = tmp_path / "word"
        word.write_text("word\n")
        word.chmod(0o600)
        assert isinstance(section, Sip2Central)
        section = section.model_copy(update={"user": "kiosk", "password_file": word})
        (found,) = sip2(WORDS, section)
        assert found.seen == f"Looks like {profile}"
        assert found.hint == ""
        (other,) = sip2(WORDS, section.model_copy(update={"profile": "koha"}))
        assert bool(other.hint) == (profile != "koha")


def test_what_it_does_not_do_is_told(tmp_path: Path) -> None:
    with running("folio") as system:
        assert system.simulator is not None
        system.simulator.orders.turn("forbids", 1, system.library)
        section = load(written(tmp_path, port=system.port, profile="folio")).central
        assert isinstance(section, Sip2Central)
        (found,) = sip2(WORDS, section)
        assert "It says that it does not do: borrowing" in found.hint


@told
async def test_a_server_that_is_away_or_refuses_the_login_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(CentralAway, match="no_answer"):
        await look(Peer("127.0.0.1", port), Speech(), None)
    wrong = login(Account(user="wrong", password="wrong"))
    with running("koha") as system, pytest.raises(CentralAway, match="login_refused"):
        await look(Peer("127.0.0.1", system.port), Speech(), wrong)
