"""Test that every kind of message renders in each language and form, without the other language."""

from __future__ import annotations

import re

import pytest
from django.utils.translation import override

from hub.circulation.models import Library
from hub.outreach.messaging.message_templates import (
    FORMS,
    NAME,
    SHIPPED,
    BadWording,
    check_template,
    fields,
    samples,
    shipped_texts,
)
from hub.outreach.messaging.rendering import Renderer
from hub.outreach.patrons.purposes import MessageKind
from tests.hub.support.world import World

HAN = re.compile(r"[\u4e00-\u9fff]")
LATIN = re.compile(r"[A-Za-z]{2,}")
STOP = "https://library.example/p/stop/x/"


@pytest.mark.parametrize("language", ["zh", "en", "mn"])
@pytest.mark.parametrize("kind", MessageKind)
def test_every_kind_renders_in_every_form(world: World, kind: MessageKind, language: str) -> None:
    words = Renderer().words(kind, language, samples(kind), STOP)
    html = re.sub(r"<style>.*</style>", "", words.html, flags=re.DOTALL)
    for form in (words.subject, words.short, words.long, html):
        assert form.strip() and not re.search(r"[{}]|None|&amp;lt;", form)
    assert STOP in words.long and STOP in words.html
    assert "\n" not in words.subject and len(words.short) <= 300


@pytest.mark.parametrize(
    ("kind", "language", "button"),
    [
        (MessageKind.DUE_SOON, "en", "See my loans"),
        (MessageKind.HOLD_READY, "zh", "查看借阅和预约"),
        (MessageKind.ANSWER, "en", "Read the reply"),
        (MessageKind.BOOKING, "en", "See my booking"),
        (MessageKind.DIGEST, "en", "Open"),
    ],
)
def test_button_of_a_mail_names_what_it_opens(world: World, kind: MessageKind, language: str, button: str) -> None:
    html = Renderer().words(kind, language, samples(kind) | {"link": "https://library.example/p/"}, STOP).html
    assert re.findall(r'class="button"[^>]*>([^<]+)</a>', html) == [button]


def test_mongolian_reader_gets_due_notice_in_mongolian(world: World) -> None:
    Library.objects.update(languages=["mn", "en"])
    words = Renderer().words(MessageKind.DUE_SOON, "mn", samples(MessageKind.DUE_SOON), STOP)
    assert words.language == "mn" and words.subject.startswith("Таны зээлсэн номын хугацаа")
    assert "12-р сарын 20" in words.short and "Зээлээ харах" in words.html and 'lang="mn"' in words.html
    assert not HAN.search(words.subject + words.short + words.long)


def test_kind_without_wording_in_language_is_in_first_language_of_the_library(world: World) -> None:
    Library.objects.update(languages=["en", "zh"])
    words, english = (Renderer().words(MessageKind.CODE, each, samples(MessageKind.CODE)) for each in ("da", "en"))
    assert words == english


@pytest.mark.parametrize("kind", MessageKind)
def test_mongolian_draft_names_the_fields_of_the_english_text(kind: MessageKind) -> None:
    for form in FORMS:
        draft = check_template(kind, shipped_texts(kind, "mn")[form], form).text
        assert set(NAME.findall(draft)) == set(NAME.findall(shipped_texts(kind, "en")[form]))


@pytest.mark.parametrize("kind", MessageKind)
def test_no_text_of_other_language_remains(world: World, kind: MessageKind) -> None:
    """The test library has a name in both scripts; links are ignored."""
    facts = samples(kind) | {"library": {"zh": "湖滨图书馆", "en": "Lakeside Library"}}
    chinese, english = (Renderer().words(kind, each, facts, STOP) for each in ("zh", "en"))
    for form in (english.subject, english.short, english.long):
        assert not HAN.search(form), form
    for form in (chinese.subject, chinese.short, chinese.long):
        assert not set(LATIN.findall(re.sub(r"https?://\S+", "", form))) - {"QXD"}, form


@pytest.mark.parametrize("language", ["zh", "en", "mn"])
@pytest.mark.parametrize("kind", MessageKind)
def test_shipped_templates_use_only_known_fields_and_all_required_ones(kind: MessageKind, language: str) -> None:
    named = set()
    for form in FORMS:
        named |= set(NAME.findall(check_template(kind, shipped_texts(kind, language)[form], form).text))
    assert named >= set(fields(kind)) - {"due", "fee", "count", "state", "question", "days", "heading"}


def test_templates_exist_for_exactly_the_message_kinds() -> None:
    for language in ("zh", "en", "mn"):
        assert {path.stem for path in (SHIPPED / language).glob("*.txt")} == set(MessageKind.values)


def test_line_with_missing_field_is_omitted(world: World) -> None:
    words = Renderer().words(MessageKind.HOLD_READY, "en", {"title": "Emma"})
    assert words.short == "Test Library: “Emma” is ready for you."
    assert "We keep it until" not in words.long


def test_field_values_are_escaped_in_html(world: World) -> None:
    facts = {"question": "<script>alert(1)</script> {link}", "answer": "a < b"}
    words = Renderer().words(MessageKind.ANSWER, "en", facts)
    assert "<script>" not in words.html and "a &lt; b" in words.html
    assert "{link}" in words.long


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("Hello\n{nmae}", "Long text, line 2: unknown placeholder {nmae}."),
        ("{}", "Long text, line 1: unknown placeholder {}."),
        ("{title", "Long text, line 1: unmatched brace. Write placeholders like {title}."),
        ("title}", "Long text, line 1: unmatched brace."),
        ("{title.__class__}", "Long text, line 1: unknown placeholder {title.__class__}."),
        ("  ", "Long text is empty."),
        ("x" * 4001, "Long text has more than 4000 characters."),
    ],
)
def test_invalid_template_is_rejected_with_place_and_remedy(text: str, where: str) -> None:
    with override("en"), pytest.raises(BadWording) as refused:
        check_template(MessageKind.HOLD_READY, text, "Long text")
    assert str(refused.value).startswith(where)
    if "unknown placeholder" in where:
        assert "{title}, {pickup}, {until}" in str(refused.value)
