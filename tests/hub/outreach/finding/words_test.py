"""Every word of finding and saved searches has its Chinese one, with the same blanks to fill."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

FINDING = Path(__file__).resolve().parents[4] / "kiosk" / "hub" / "outreach" / "finding"
CATALOGUE = FINDING / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
BLANK = re.compile(r"\{\w*\}|%\(\w+\)s")
TAGS = re.compile(r"\{% blocktranslate.*?endblocktranslate %\}|\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)


def used() -> Iterator[tuple[str | None, str]]:
    """Every message in code and templates, with its context."""
    keywords = {
        **DEFAULT_KEYWORDS,
        "gettext_noop": None,
        "gettext_lazy": None,
        "pgettext": ((1, "c"), 2),
        "pgettext_lazy": ((1, "c"), 2),
    }
    for path in sorted([*FINDING.rglob("*.py"), *FINDING.rglob("*.html")]):
        text = path.read_text(encoding="utf-8")
        source = templatize(text) if path.suffix == ".html" else text
        for _line, found, _comments, context in extract("python", BytesIO(source.encode()), keywords=keywords):
            yield context, found[0] if isinstance(found, tuple) else found


@pytest.fixture(scope="module")
def translated() -> dict[tuple[str | None, str], Message]:
    with CATALOGUE.open("rb") as file:
        found = read_po(file, locale="zh_Hans")
    return {
        (each.context, str(each.id[0] if isinstance(each.id, tuple) else each.id)): each for each in found if each.id
    }


def chinese(message: Message) -> str:
    return str(message.string[0] if isinstance(message.string, tuple | list) else message.string)


def test_no_word_is_missing_and_none_is_left_over(translated: dict[tuple[str | None, str], Message]) -> None:
    assert set(used()) == set(translated)


def test_every_blank_is_filled_in_both_languages(translated: dict[tuple[str | None, str], Message]) -> None:
    for (_context, english), message in translated.items():
        assert chinese(message), english
        assert not message.fuzzy, english
        assert sorted(BLANK.findall(english)) == sorted(BLANK.findall(chinese(message)))


def test_no_template_speaks_without_the_catalogue() -> None:
    """Words between tags that are neither a variable nor translated."""
    for path in (FINDING / "templates").rglob("*.html"):
        text = TAGS.sub("\n", path.read_text(encoding="utf-8"))
        body = re.sub(r"<[^>]*>", "\n", re.sub(r"<svg class=\"sprite\".*</svg>", "", text, flags=re.DOTALL))
        spoken = {line.strip(" ·–,:()") for line in body.splitlines()} - {""}
        assert {line for line in spoken if re.search(r"\w", line)} == set(), path.name
