"""Test that the visits listed as failing in docs/sip2.md equal those that `scripts/prove --only sip2` lets fail."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set

import pytest

from kiosk.sip2_simulator.dialects import LENDING
from kiosk.visit_player import player
from tests.kiosk.visit_player.sip2_visits import CANNOT, PAGE, WITH_HUB, Cannot, functions, judged, rendered

TEXT = PAGE.read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([a-z0-9-]+)` \| (?:((?:yes|no)(?: \| (?:yes|no))*) \| )?([^|]+) \|$", re.MULTILINE)
Listed = Mapping[str, tuple[Set[str], str]]
"""For each visit, the dialects in which it fails and the reason."""


def tables(text: str) -> tuple[Listed, Listed]:
    """Return the page's tables of the system alone, and with a companion hub."""
    alone: dict[str, tuple[Set[str], str]] = {}
    with_hub: dict[str, tuple[Set[str], str]] = {}
    for name, marks, why in ROW.findall(text):
        said = marks.split(" | ") if marks else []
        fails = frozenset(each for each, mark in zip(LENDING, said, strict=bool(said)) if mark == "no")
        (alone if said else with_hub)[name] = fails, why
    return alone, with_hub


def proved(cannot: Mapping[str, Cannot], *, everywhere: bool = False) -> Listed:
    return {
        name: (frozenset() if everywhere else frozenset(at for at in LENDING if each.at(at)), each.words)
        for name, each in cannot.items()
    }


def test_documented_failures_match_the_expected_failures() -> None:
    assert rendered() in TEXT, f"write it anew:\n{rendered()}"
    assert tables(TEXT) == (proved(CANNOT), proved(WITH_HUB, everywhere=True))


def test_each_companion_hub_function_has_a_visit_and_its_row() -> None:
    """A listed limitation without a visit would be tested by no run."""
    assert functions() in TEXT, f"write it anew:\n{functions()}"
    assert "| - | - |" not in functions()


def test_extra_rows_are_detected() -> None:
    """Control: added rows are not among the expected failures."""
    more = TEXT + "\n| `borrow-online` | yes | no | yes | yes | nothing |\n| `four-keys` | no reason |\n"
    alone, with_hub = tables(more)
    assert alone.keys() - CANNOT.keys() == {"borrow-online"}
    assert with_hub.keys() - WITH_HUB.keys() == {"four-keys"}


@pytest.mark.parametrize("cannot", [CANNOT, WITH_HUB])
def test_expected_failures_are_built_in_visits(cannot: Mapping[str, Cannot]) -> None:
    assert cannot.keys() <= {file.stem for file in player.built_in_visits()}


def test_unexpected_pass_or_failure_is_reported() -> None:
    assert "docs/sip2.md says that it cannot" in judged("koha", "f24-one-face", "")
    assert "fails for another reason" in judged("koha", "f24-one-face", "the kiosk did not answer")
    assert "should pass" in judged("koha", "borrow-online", "the screen lacks 'Faust'")
    assert judged("koha", "f24-one-face", "the screen lacks 'How was your visit?'") == ""
