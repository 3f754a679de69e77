"""Test what screen readers and keyboards need of every page, from the templates in both languages."""

import re
from pathlib import Path

import pytest
from django.utils import translation

import hub

TEMPLATES = sorted(Path(hub.__file__).parent.glob("**/templates/**/*.html"))
BUTTON = re.compile(r"<button.*?</button>", re.DOTALL)
LABEL = re.compile(
    r'aria-label="(?:\{% blocktranslate(?P<head>[^%]*)%\}(?P<block>.*?)\{% endblocktranslate %\}'
    r"""|\{% translate (['"])(?P<plain>.*?)\3 %\})"""
)
SHOWN = re.compile(r"""\{% translate (['"])(?P<words>.*?)\1(?P<head>[^%]*)%\}""")
CONTEXT = re.compile(r"""context (['"])(.*?)\1""")


def translated(text: str, head: str) -> str:
    context = CONTEXT.search(head)
    return translation.pgettext(context[2], text) if context else translation.gettext(text)


def labelled_buttons() -> list[tuple[str, str, str]]:
    """Return file, label and visible text of each button with an `aria-label`, in the active language."""
    found = []
    for path in TEMPLATES:
        for button in BUTTON.findall(path.read_text(encoding="utf-8")):
            label = LABEL.search(button)
            shown = SHOWN.search(button, label.end()) if label else None
            if label and shown:
                text = re.sub(r"\{\{ (\w+) \}\}", r"%(\1)s", label["block"] or label["plain"])
                words = translated(shown["words"], shown["head"])
                found.append((path.name, translated(text, label["head"] or ""), words))
    return found


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_button_label_begins_with_its_visible_text(language: str) -> None:
    """Voice control users say the label of a button (WCAG 2.5.3)."""
    with translation.override(language):
        buttons = labelled_buttons()
    assert len(buttons) > 15
    assert [each for each in buttons if not each[1].startswith(each[2])] == []


def test_no_table_has_an_empty_header() -> None:
    empty = re.compile(r"<th(?:\s[^>]*)?>\s*</th>")
    assert [path.name for path in TEMPLATES if empty.search(path.read_text(encoding="utf-8"))] == []


def test_scrollable_tables_are_reachable_by_keyboard() -> None:
    scrolls = re.compile(r'<div class="wide"(?P<rest>[^>]*)>')
    pages = [path.read_text(encoding="utf-8") for path in TEMPLATES if path.parent.name in ("loan_rules", "audit")]
    regions = [found["rest"] for page in pages for found in scrolls.finditer(page)]
    assert len(regions) == 3
    assert [each for each in regions if 'tabindex="0"' not in each or "aria-label" not in each] == []
