"""Every word of the messages' pages has its Chinese one, and every kind renders in each language and form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

from kiosk.hub.outreach.delivery.fields import fields, samples
from kiosk.hub.outreach.delivery.kinds import Kind
from kiosk.hub.outreach.delivery.rendering import Speaker
from kiosk.hub.outreach.delivery.wording import FORMS, LANGUAGES, NAME, SHIPPED, BadWording, checked, shipped
from tests.hub.world import World

DELIVERY = Path(__file__).resolve().parents[4] / "kiosk" / "hub" / "outreach" / "delivery"
CATALOGUE = DELIVERY / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
BLANK = re.compile(r"\{\w+\}|%\(\w+\)s")
TAGS = re.compile(r"\{% blocktranslate.*?endblocktranslate %\}|\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
HAN = re.compile(r"[\u4e00-\u9fff]")
LATIN = re.compile(r"[A-Za-z]{2,}")
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_noop": None,
    "gettext_lazy": None,
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}
STOP = "https://library.example/p/stop/x/"


def used() -> Iterator[tuple[str | None, str]]:
    """Every message in code and templates, with its context."""
    for path in sorted([*DELIVERY.rglob("*.py"), *DELIVERY.rglob("*.html")]):
        if "migrations" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        source = templatize(text) if path.suffix == ".html" else text
        for _line, found, _comments, context in extract("python", BytesIO(source.encode()), keywords=KEYWORDS):
            yield context, found[0] if isinstance(found, tuple) else found


@pytest.fixture(scope="module")
def translated() -> dict[tuple[str | None, str], Message]:
    with CATALOGUE.open("rb") as file:
        found = read_po(file, locale="zh_Hans")
    return {(each.context, str(each.id)): each for each in found if each.id}


def test_no_word_is_missing_and_none_is_left_over(translated: dict[tuple[str | None, str], Message]) -> None:
    assert set(used()) == set(translated)


def test_every_blank_is_filled_in_both_languages(translated: dict[tuple[str | None, str], Message]) -> None:
    for (_context, english), message in translated.items():
        assert message.string and not message.fuzzy, english
        assert sorted(set(BLANK.findall(english))) == sorted(set(BLANK.findall(str(message.string)))), english


def test_no_template_speaks_without_the_catalogue() -> None:
    """Words between tags that are neither a variable nor translated."""
    for path in (DELIVERY / "templates").rglob("*.html"):
        text = TAGS.sub("\n", path.read_text(encoding="utf-8"))
        body = re.sub(r"<[^>]*>", "\n", text)
        spoken = {line.strip(" ·–,:()") for line in body.splitlines()} - {"", "English", "中文"}
        assert {line for line in spoken if re.search(r"\w", line)} == set(), path.name


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", Kind)
def test_every_kind_renders_in_every_form(world: World, kind: Kind, language: str) -> None:
    words = Speaker().words(kind, language, samples(kind), STOP)
    for form in (words.subject, words.short, words.long, words.html):
        assert form.strip() and not re.search(r"[{}]|None|&amp;lt;", form.replace("{ ", ""))
    assert STOP in words.long and STOP in words.html
    assert "\n" not in words.subject and len(words.short) <= 300


@pytest.mark.parametrize("kind", Kind)
def test_nothing_is_left_in_the_other_language(world: World, kind: Kind) -> None:
    """The library of the test has a Latin name, and links are links."""
    facts = samples(kind) | {"library": {"zh": "湖滨图书馆", "en": "Lakeside Library"}}
    chinese, english = (Speaker().words(kind, each, facts, STOP) for each in LANGUAGES)
    for form in (english.subject, english.short, english.long):
        assert not HAN.search(form), form
    for form in (chinese.subject, chinese.short, chinese.long):
        assert not set(LATIN.findall(re.sub(r"https?://\S+", "", form))) - {"QXD"}, form


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", Kind)
def test_shipped_words_name_only_what_is_known_and_leave_nothing_out(kind: Kind, language: str) -> None:
    named = set()
    for form in FORMS:
        named |= set(NAME.findall(checked(kind, shipped(kind, language)[form], form).text))
    assert named >= set(fields(kind)) - {"due", "fee", "count", "state", "question", "days", "heading"}


def test_there_are_no_words_for_what_is_no_kind() -> None:
    for language in LANGUAGES:
        assert {path.stem for path in (SHIPPED / language).glob("*.txt")} == set(Kind.values)


def test_a_line_that_names_something_missing_is_left_out(world: World) -> None:
    words = Speaker().words(Kind.HOLD_READY, "en", {"title": "Emma"})
    assert words.short == "Test Library: “Emma” is ready for you."
    assert "We keep it until" not in words.long


def test_words_are_shown_as_they_are_and_never_as_markup(world: World) -> None:
    facts = {"question": "<script>alert(1)</script> {link}", "answer": "a < b"}
    words = Speaker().words(Kind.ANSWER, "en", facts)
    assert "<script>" not in words.html and "a &lt; b" in words.html
    assert "{link}" in words.long


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("Hello\n{nmae}", "Long text, line 2: nothing is known by the name {nmae}."),
        ("{}", "Long text, line 1: nothing is known by the name {}."),
        ("{title", "Long text, line 1: a brace stands alone. Write names like {title}."),
        ("title}", "Long text, line 1: a brace stands alone."),
        ("{title.__class__}", "Long text, line 1: nothing is known by the name {title.__class__}."),
        ("  ", "Long text is empty."),
        ("x" * 4001, "Long text has more than 4000 characters."),
    ],
)
def test_words_that_cannot_be_used_are_refused_with_place_and_remedy(text: str, where: str) -> None:
    from django.utils.translation import override

    with override("en"), pytest.raises(BadWording) as refused:
        checked(Kind.HOLD_READY, text, "Long text")
    assert str(refused.value).startswith(where)
    if "nothing is known" in where:
        assert "{title}, {pickup}, {until}" in str(refused.value)
