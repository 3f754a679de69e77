"""Test that every string of every app has its Chinese translation with the same placeholders."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po
from django.utils.translation import gettext, override, pgettext
from django.utils.translation.template import templatize

HUB = Path(__file__).resolve().parents[2] / "hub"
CATALOGUE = Path("locale", "zh_Hans", "LC_MESSAGES", "django.po")
PARTS = sorted({path.parents[3] for path in HUB.rglob(CATALOGUE.name)} - {HUB})
BLANK = re.compile(r"\{\w*\}|%\(\w+\)s")
TAGS = re.compile(r"\{% blocktranslate.*?endblocktranslate %\}|\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_noop": None,
    "gettext_lazy": None,
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}
OTHER_ORDER = {"{weekday} {day} {month}", "{day} {month} {year}", "{day} {month}"}
"""Date formats whose Chinese version orders or drops placeholders differently."""
COMMANDS = {
    "kiosk-hub add-staff", "kiosk-hub add-staff NAME --role ROLE --branch CODE", "kiosk-hub audit drill",
    "kiosk-hub demo", "kiosk-hub release add FILE", "kiosk-hub release add FILE --keyring PEM", "sudo kiosk enrol",
}  # fmt: skip
SAME = {
    "audit": COMMANDS,
    "circulation": {"desk"},
    "core": COMMANDS,
    "catalogue": {"CSV", "JSON"},
    "statistics": {"figures"},
    "engagement": {"RSS", "JSON", "A", "B", "sheet"},
    "portal": {"RSS", "JSON"},
    "staff": COMMANDS | {"0.00", "desk", "figures", "Ctrl Z", "Esc", "F2", "F3", "F4", "F6", "F8", "F9"},
}
"""Texts that are the same in both languages, by app: names, keys and commands."""

Key = tuple[str | None, str]
Part = pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)


def used(part: Path) -> Iterator[Key]:
    """Yield every message in code and templates with its context."""
    for path in sorted([*part.rglob("*.py"), *part.rglob("*.html")]):
        if "migrations" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        source = templatize(text) if path.suffix == ".html" else text
        for _line, found, _comments, context in extract("python", BytesIO(source.encode()), keywords=KEYWORDS):
            yield context, found[0] if isinstance(found, tuple) else found


@functools.cache
def translated(part: Path) -> dict[Key, Message]:
    with (part / CATALOGUE).open("rb") as file:
        found = read_po(file, locale="zh_Hans")
    return {(each.context, first(each.id)): each for each in found if each.id}


def first(forms: object) -> str:
    return str(forms[0] if isinstance(forms, tuple | list) else forms)


def test_catalogues_are_found() -> None:
    assert {"audit", "catalogue", "messaging", "portal", "staff"} <= {part.name for part in PARTS}
    assert set(SAME) <= {part.name for part in PARTS}


@Part
def test_no_message_is_missing_or_unused(part: Path) -> None:
    assert set(used(part)) == set(translated(part))


@Part
def test_every_message_is_translated_with_the_same_placeholders(part: Path) -> None:
    for (_context, english), message in translated(part).items():
        chinese = first(message.string)
        assert chinese and not message.fuzzy, english
        if english not in OTHER_ORDER:
            assert sorted(BLANK.findall(english)) == sorted(BLANK.findall(chinese)), english


@Part
def test_templates_have_no_untranslated_text(part: Path) -> None:
    """Text between tags must be a variable or translated."""
    allowed = {"", "×", "English", "中文", "Монгол"} | SAME.get(part.name, set())
    for path in (part / "templates").rglob("*.html"):
        text = TAGS.sub("\n", path.read_text(encoding="utf-8"))
        text = re.sub(r"<svg class=\"sprite\".*</svg>|<style>.*</style>", "", text, flags=re.DOTALL)
        body = re.sub(r"<[^>]*>", "\n", text)
        visible = {line.strip(" ·–,:()/*") for line in body.splitlines()} - allowed
        assert {line for line in visible if re.search(r"\w", line)} == set(), path.name


def test_equal_messages_have_one_translation() -> None:
    """Django merges all catalogues, so the first app's translation would be shown everywhere."""
    translations: dict[Key, dict[str, str]] = {}
    for part in (*PARTS, HUB):
        for each, message in translated(part).items():
            translations.setdefault(each, {})[part.name] = first(message.string)
    assert [(each, found) for each, found in translations.items() if len(set(found.values())) > 1] == []


@pytest.mark.parametrize("part", [each for each in PARTS if each.name != "demo"], ids=lambda part: part.name)
def test_no_text_of_django_replaces_a_text_of_the_hub(part: Path) -> None:
    with override("zh-hans"):
        shown = {
            key: (pgettext(key[0], key[1]) if key[0] else gettext(key[1]), first(message.string))
            for key, message in translated(part).items()
            if isinstance(message.id, str)
        }
    assert {key: texts for key, texts in shown.items() if texts[0] != texts[1]} == {}


DRAFTS = sorted(HUB.rglob("locale/mn/LC_MESSAGES/django.po"))


@pytest.mark.parametrize("file", DRAFTS, ids=lambda file: file.parents[3].name)
def test_mongolian_draft_has_texts_of_the_hub_with_their_placeholders(file: Path) -> None:
    """A catalogue may have texts of other apps: the portal's has all that patrons' pages show."""
    with file.open("rb") as opened:
        draft = read_po(opened, locale="mn")
    known = {key for part in (*PARTS, HUB) for key in translated(part)}
    assert {(each.context, first(each.id)) for each in draft if each.id} <= known
    assert "(draft)" in draft.language_team
    for each in draft:
        forms = [each.string] if isinstance(each.string, str) else each.string or ()
        for form in forms if each.id and first(each.id) not in OTHER_ORDER else ():
            assert sorted(BLANK.findall(first(each.id))) == sorted(BLANK.findall(form)), each.id


def test_text_without_mongolian_is_english_and_never_chinese() -> None:
    han = re.compile(r"[\u4e00-\u9fff]")
    known = {key for part in (*PARTS, HUB) for key in translated(part) if not han.search(key[1])}
    with override("mn"):
        shown = {key: pgettext(key[0], key[1]) if key[0] else gettext(key[1]) for key in known}
    assert {key: text for key, text in shown.items() if han.search(text)} == {}
