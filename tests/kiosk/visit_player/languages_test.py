"""Play each patron function in both languages, and check the screens in each."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from kiosk.visit_player.script import Press, Visit, load, parse

VISITS = sorted((Path(__file__).parents[3] / "kiosk" / "visits").glob("f[0-9][0-9]-*.toml"))
SWITCH = "language_"


def checked_languages(visit: Visit) -> Iterable[str]:
    """Yield the languages in which the visit checks a text on screen."""
    language: str | None = visit.language
    for step in visit.step:
        verb = step.verb
        if isinstance(verb, Press) and verb.name.startswith(SWITCH):
            language = verb.name.removeprefix(SWITCH)
        if language is not None and step.contains:
            yield language


@pytest.mark.parametrize("file", VISITS, ids=lambda file: file.stem)
def test_each_function_is_checked_in_chinese_and_english(file: Path) -> None:
    assert {"zh", "en"} <= set(checked_languages(load(file)))


def test_language_without_checked_text_is_not_counted() -> None:
    steps = '[[step]]\nexpect = "Welcome"\n[[step]]\npress = "language_zh"\ncontains = "借书"'
    assert list(checked_languages(parse(f'language = "en"\n{steps}', "a visit"))) == ["zh"]
