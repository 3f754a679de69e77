"""Play visits in each SIP2 dialect, and with a companion hub; `scripts/prove --only sip2` plays all of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kiosk.visit_player import player
from tests.kiosk.visit_player.sip2_visits import judged, named, played

pytestmark = pytest.mark.long

# Five complete kiosks: only they show that assembly, connection and snapshot work together.
SOME = (
    ("koha", ("borrow-online", "f24-one-face")),
    ("evergreen", ("return-without-a-card",)),
    ("folio", ("borrow-offline",)),
    ("strict", ("answer-lost",)),
)


@pytest.mark.parametrize(("dialect", "visits"), SOME)
def test_visit_passes_or_fails_as_documented(dialect: str, visits: tuple[str, ...], tmp_path: Path) -> None:
    whys = played(dialect, [named(each) for each in visits], tmp_path)
    assert [judged(dialect, visit, why) for visit, why in whys.items()] == [""] * len(visits)


# Complete kiosks and hubs are needed: only they show that the hub is informed and queried while the system lends.
WITH_HUB = ("f02-contact-check", "borrow-offline")


def test_visit_passes_with_an_ils_and_a_companion_hub(tmp_path: Path) -> None:
    """The visit compares the loans at the hub with those at the ILS."""
    player.play([named(each) for each in WITH_HUB], out=tmp_path, dialect="koha", companion_hub=True)
    reports = [json.loads((tmp_path / each / "visit.json").read_text(encoding="utf-8")) for each in WITH_HUB]
    assert [each.get("why", "") for each in reports] == ["", ""]
