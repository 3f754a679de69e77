"""Test visits where a simulated SIP2 system keeps the loans and a companion hub runs with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kiosk.visit_player import player
from tests.kiosk.visit_player.sip2_visits import named

pytestmark = pytest.mark.long

# Complete kiosks and hubs are needed: only they show that the hub is informed and queried while the system lends.
SOME = ("f02-contact-check", "borrow-offline")


def test_visit_passes_with_an_ils_and_a_companion_hub(tmp_path: Path) -> None:
    """The visit compares the loans at the hub with those at the ILS."""
    player.play([named(each) for each in SOME], out=tmp_path, dialect="koha", companion_hub=True)
    reports = [json.loads((tmp_path / each / "visit.json").read_text(encoding="utf-8")) for each in SOME]
    assert [each.get("why", "") for each in reports] == ["", ""]
