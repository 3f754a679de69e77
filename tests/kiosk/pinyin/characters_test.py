"""Test that pinyin yields the intended characters quickly, likely ones first, each with a glyph."""

from __future__ import annotations

import time

import pytest

from kiosk.pinyin.characters import FILE, MOST, Characters, Table
from tests.kiosk.screens.audit import text_glyphs


@pytest.fixture(scope="module")
def characters() -> Characters:
    return Characters()


def offered(characters: Characters, letters: str) -> list[str]:
    return [each.words for each in characters.spelt(letters)]


@pytest.mark.parametrize(
    ("letters", "meant"),
    [
        ("woxiangjie", "我想借"),
        ("woxiangjieyibenguanyulishideshu", "我想借一本关于历史的书"),
        ("tushuguan", "图书馆"),
        ("qingmaizhebenshu", "请买这本书"),
        ("kongtiaotailengle", "空调太冷了"),
        ("nihao", "你好"),
        ("hongloumeng", "红楼梦"),
    ],
)
def test_most_likely_sentence_is_offered_first(characters: Characters, letters: str, meant: str) -> None:
    first = characters.spelt(letters)[0]
    assert (first.words, first.letters) == (meant, len(letters))


def test_initials_and_prefixes_are_enough(characters: Characters) -> None:
    assert offered(characters, "tsg")[0] == "图书馆"
    assert offered(characters, "hlm")[0] == "红楼梦"
    assert offered(characters, "tushugu")[0] == "图书馆"


def test_ambiguous_letters_offer_both_readings(characters: Characters) -> None:
    found = offered(characters, "xian")
    assert {"先", "现", "西安"} <= set(found)
    part = next(each for each in characters.spelt("woxiangjie") if each.words == "我想")
    assert part.letters == len("woxiang"), "choosing a prefix keeps the remaining letters"


def test_every_syllable_has_unique_suggestions(characters: Characters) -> None:
    for each in ("lv", "nv", "lue", "zhuang", "shuang", "er", "a", "ang", "yuan", "chong", "juan"):
        found = offered(characters, each)
        assert found and len(found) == len(set(found)) <= MOST, each


@pytest.mark.parametrize("letters", ["xqz", "v", "uuu", "i" * 40, "'", "wo xiang", "\t", "我", "\n"])
def test_invalid_letters_raise_no_error(characters: Characters, letters: str) -> None:
    assert isinstance(characters.spelt(letters), tuple)


def test_table_is_sorted_and_finds_first_and_last_keys() -> None:
    lines = FILE.read_bytes().splitlines()
    keys = [each.partition(b"\t")[0] for each in lines]
    assert keys == sorted(set(keys)) and len(keys) > 40_000
    for key in (keys[0], keys[-1], keys[len(keys) // 2]):
        assert Table().exact(key.decode()), key
    assert Table().exact("zzzz") == [] == Table().exact("!")


def test_every_character_has_a_glyph() -> None:
    drawn = {sign for sign in FILE.read_text(encoding="utf-8") if ord(sign) > 0x7F}
    assert sorted(sign for sign in drawn if ord(sign) not in text_glyphs()) == []


def test_lookup_takes_less_than_50_milliseconds() -> None:
    """Type twenty sentences key by key, without cached look-ups."""
    took = []
    for letters in ("woxiangjieyibenguanyulishideshu", "xiwangduomaixieertongdushu", "zhongwenshuzainali"):
        characters = Characters()
        for end in range(1, len(letters) + 1):
            began = time.process_time()
            characters.spelt(letters[:end])
            took.append(time.process_time() - began)
    took.sort()
    assert took[int(len(took) * 0.95)] < 0.05, took[-5:]
