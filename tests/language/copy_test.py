"""Test user-visible text by the rules of CONTRIBUTING.md: length, pronouns, placeholders."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from lending.kiosk_consents import TELL_BACK, TELL_ME

ROOT = Path(__file__).resolve().parents[2]
GENDER = re.compile(r"\b(?:she|her|hers|herself|he|him|his|himself)\b|她|(?<!其)他(?![人馆用])", re.IGNORECASE)
LONGEST, SENTENCES = 100, 3
"""Characters and sentences of one message on a patron's screen."""
LONGEST_CHINESE = 20
"""Chinese characters of one sentence on a patron's screen; it is read from 70 cm while standing."""
LEGAL = {TELL_ME.english, TELL_BACK.english}
"""Consent wordings: what has to be said decides their length."""
STAFF = ("technician", "demo_controls", "parts", "repair_hints", "outage_text", "terminal")
"""Modules of the screens and words that only a technician reads."""
FIELD = re.compile(r"%\(\w+\)[sd]|(?<!%)%[sd]|\{\w*")
SAME = {"{number": "{month"}
"""A date gives the month as a name and as a number; each language takes one of them."""


@cache
def catalogues() -> dict[str, tuple[Message, ...]]:
    found = {}
    for path in sorted([*(ROOT / "kiosk").rglob("*.po"), *(ROOT / "hub").rglob("*.po")]):
        with path.open("rb") as file:
            found[str(path.relative_to(ROOT))] = tuple(each for each in read_po(file) if each.id)
    return found


def sources(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def translations(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def fields(text: str) -> set[str]:
    return {SAME.get(each, each) for each in FIELD.findall(text)}


def gendered() -> Iterator[tuple[str, str]]:
    """Yield package and msgid of each message that names a gender, in any language."""
    for path, messages in catalogues().items():
        for message in messages:
            if any(GENDER.search(text) for text in (*sources(message), *translations(message))):
                yield path.partition("/")[0], " ".join(sources(message)[0].split())


def test_no_message_names_a_gender() -> None:
    assert list(gendered()) == []


@pytest.mark.parametrize(
    ("text", "named"), [("What she reads", 1), ("Their loans", 0), ("其他馆员", 0), ("她的证", 1), ("归还他人的书", 0)]
)
def test_named_gender_is_found(text: str, named: int) -> None:
    assert bool(GENDER.search(text)) == bool(named)


def on_patron_screens() -> set[str]:
    keywords = {"say": None, "sentence": None, "say_n": (1, 2)}
    found: set[str] = set()
    for package in ("screens", "words"):
        for name, _, text, _, _ in extract_from_dir(ROOT / "kiosk" / package, [("**.py", "python")], keywords=keywords):
            if not Path(name).stem.startswith(STAFF):
                found |= {text} if isinstance(text, str) else {*text}
    return found


def test_messages_on_patron_screens_are_short() -> None:
    texts = on_patron_screens()
    assert len(texts) > 600, "the sources are still read"
    assert sorted(text for text in texts - LEGAL if len(text) > LONGEST) == []
    assert sorted(text for text in texts - LEGAL if len(re.findall(r"[.?!](?: |$)", text)) > SENTENCES) == []


def long_chinese(text: str) -> list[str]:
    return [
        each for each in re.split(r"[。？！；：]", text) if len(re.findall(r"[\u4e00-\u9fff]", each)) > LONGEST_CHINESE
    ]


def test_chinese_sentences_on_patron_screens_are_short() -> None:
    shown = on_patron_screens() - LEGAL
    texts = [
        text
        for message in catalogues()["kiosk/locale/zh/LC_MESSAGES/kiosk.po"]
        if shown.intersection(sources(message))
        for text in translations(message)
    ]
    assert len(texts) > 600, "the catalogue is still read"
    assert [each for text in texts for each in long_chinese(text)] == []


@pytest.mark.parametrize(
    ("text", "longer"), [("请扫描图书、刷读者证，或点选服务。", 0), ("请扫描图书，" * 5, 1), ("请刷证。" * 9, 0)]
)
def test_long_chinese_sentence_is_found(text: str, longer: int) -> None:
    assert len(long_chinese(text)) == longer


def test_translations_have_the_placeholders_of_their_message() -> None:
    wrong = []
    for path, messages in catalogues().items():
        for message in messages:
            ids = [fields(text) for text in sources(message)]
            wrong += [f"{path}: {text}" for text in translations(message) if text and fields(text) not in ids]
    assert wrong == []


def test_equal_texts_are_one_message() -> None:
    known: dict[str, list[str]] = defaultdict(list)
    for message in catalogues()["kiosk/locale/zh/LC_MESSAGES/kiosk.po"]:
        known[" ".join(sources(message)[0].split()).rstrip(".")].append(sources(message)[0])
    assert [each for each in known.values() if len(each) > 1] == []
