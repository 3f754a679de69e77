"""A visit of each kind against each dialect of SIP2; all of them against all are `scripts/prove --only sip2`."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.visit import player
from tests.visit.sip2_visits import CANNOT, PAGE, judged, named, played, rendered

pytestmark = pytest.mark.long

# Whole kiosks start here, five in all: nothing less shows that assembly, line and snapshot go together.
SOME = (
    ("koha", ("borrow-online", "f24-one-face")),
    ("evergreen", ("return-without-a-card",)),
    ("folio", ("borrow-offline",)),
    ("strict", ("answer-lost",)),
)


@pytest.mark.parametrize(("dialect", "visits"), SOME)
def test_a_visit_passes_or_fails_as_its_page_says(dialect: str, visits: tuple[str, ...], tmp_path: Path) -> None:
    whys = played(dialect, [named(each) for each in visits], tmp_path)
    assert [judged(dialect, visit, why) for visit, why in whys.items()] == [""] * len(visits)


def test_the_page_holds_the_table_as_it_is_proved() -> None:
    assert rendered() in PAGE.read_text(encoding="utf-8"), f"write it anew:\n{rendered()}"


def test_every_visit_that_cannot_pass_is_one_that_comes_with_the_kiosk() -> None:
    assert CANNOT.keys() <= {file.stem for file in player.built_in()}


def test_what_passes_and_should_not_is_found_and_so_is_another_reason() -> None:
    assert "docs/sip2.md says that it cannot" in judged("koha", "f24-one-face", "")
    assert "fails otherwise" in judged("koha", "f24-one-face", "the kiosk did not answer")
    assert "should pass" in judged("koha", "borrow-online", "the screen lacks 'Faust'")
    assert judged("koha", "f24-one-face", "the screen lacks 'How was your visit?'") == ""
