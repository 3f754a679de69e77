"""Play one visit of each kind in each SIP2 dialect; `scripts/prove --only sip2` plays all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

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
