"""Test that the page of functions lists exactly what ran."""

from __future__ import annotations

import re
from pathlib import Path

from tests.stories.functions import FUNCTIONS, PAGE, Story, page

HERE = Path(__file__).parent
MARK = re.compile(r'@pytest\.mark\.story\(\s*"(F\d+)".*?\)\n(?:@.*\n)*(?:async )?def test_(\w+)', re.DOTALL)


def test_function_without_a_story_is_absent() -> None:
    assert page([]).count("*absent*") == len(FUNCTIONS)


def test_completed_story_is_listed_with_its_pictures() -> None:
    text = page([Story("F9", "a touch", "a mail", "x_test.py::test_patron_receives_a_mail", ("F9-1.png",))])
    assert (
        "| F9 | The preferred channel | a touch | a mail | patron receives a mail [picture](functions/F9-1.png) |"
        in text
    )
    assert text.count("*absent*") == len(FUNCTIONS) - 1


def test_page_names_every_story() -> None:
    stories = [found for path in sorted(HERE.glob("*_test.py")) for found in MARK.findall(path.read_text("utf-8"))]
    text = PAGE.read_text(encoding="utf-8")
    missing = [test for _function, test in stories if test.replace("_", " ") not in text]
    assert missing == [], "run scripts/functions"
    assert {found for found in FUNCTIONS if re.search(rf"\| {found} \| [^|]+ \| \*absent\*", text)} == set(
        FUNCTIONS
    ) - {function for function, _test in stories}
