"""Test search by two characters, initials, numbers and parts of a record, in any spelling."""

from __future__ import annotations

import pytest
from pymarc import Field, Indicators, Record, Subfield

from hub.catalogue.models import Isbn, Title
from hub.catalogue.search import words
from hub.catalogue.search.find import every, find
from lending.isbn import isbn

pytestmark = pytest.mark.django_db


def title(name: str, author: str = "", **more: object) -> Title:
    made: Title = Title.objects.create(title=name, author=author, **more)
    return made


def named(typed: str) -> list[str]:
    found = find(typed)
    by_key = {each.pk: each.title for each in Title.objects.filter(pk__in=found.titles)}
    return [] if found.close else [by_key[each] for each in found.titles]


@pytest.mark.parametrize(
    "typed",
    ["红楼", "楼梦", "梦", "紅樓夢", "红楼 曹雪芹", "hlm", "HL", "cxq", "I242.4", "i242.4/1",
     "９７８７０２０００２２０７",
     "9787020002207", "978-7-02-000220-7", "978 7 02 000220 7", "7-02-000220-X", "ISBN 702000220x", "9787-020"],
)  # fmt: skip
def test_a_novel_is_found_in_many_ways(typed: str) -> None:
    novel = title("红楼梦", "曹雪芹", call_number="I242.4/17")
    Isbn.objects.create(title=novel, isbn13="9787020002207")
    title("边城", "沈从文", call_number="I246.5/3")
    assert named(typed) == ["红楼梦"], typed


def test_accents_capitals_and_apostrophes_do_not_matter() -> None:
    title("Ödön von Horváths Café", "Łukasz")
    for typed in ("odon", "HORVATH", "cafe lukasz", "café"):
        assert named(typed) == ["Ödön von Horváths Café"], typed


def test_every_word_must_be_there_and_only_the_last_may_be_a_beginning() -> None:
    title("Harry Potter and the Goblet of Fire")
    title("Potter's clay")
    assert named("harry pot") == ["Harry Potter and the Goblet of Fire"]
    assert find("har potter").close


def test_whose_title_it_is_comes_first_then_who_begins_so() -> None:
    title("边城")
    title("新边城记")
    title("边城故事")
    title("沈从文研究", "边城")
    assert named("边城")[:2] == ["边城", "边城故事"]
    assert set(named("边城")) == {"边城", "边城故事", "新边城记", "沈从文研究"}


def test_one_wrong_character_still_leads_there_and_says_so() -> None:
    novel = title("额尔古纳河右岸", "迟子建")
    title("黄河")
    found = find("额尔古纳何右岸")
    assert found.close and found.has_no_match
    assert found.titles[0] == novel.pk


def test_a_wrong_letter_at_the_end_of_a_long_word_leads_there_too() -> None:
    book = title("Pedagogy of the Oppressed")
    found = find("pedagogi")
    assert found.close and found.titles == (book.pk,)


def test_what_nobody_wrote_finds_nothing() -> None:
    title("红楼梦")
    for typed in ("", "   ", '"*" OR 1=1 --', "':*&|!", "\x00", "ʘ", "ǂ"):
        assert find(typed).titles == (), typed
    assert find("鬯鬯").has_no_match


@pytest.mark.parametrize(
    "typed", ['红"楼', "红楼*", "红楼) OR (a", "'红楼' & !", "红楼:* <-> \\", "红楼 AND", "NEAR(红楼 梦)"]
)
def test_signs_mean_nothing_to_the_database(typed: str) -> None:
    title("红楼梦")
    find(typed)
    assert every("红楼") == set(find("红楼").titles)


def record(*fields: tuple[str, str, str]) -> bytes:
    made = Record(force_utf8=True)
    for tag, six, text in fields:
        told = [Subfield("6", six)] if six else []
        made.add_field(Field(tag=tag, indicators=Indicators(" ", " "), subfields=[*told, Subfield("a", text)]))
    return bytes(made.as_marc())


def test_the_record_says_more_than_is_shown() -> None:
    told = record(
        ("245", "880-01", "Hong lou meng"), ("880", "245-01/$1", "紅樓夢"), ("246", "", "Story of the Stone"),
        ("650", "", "Families"), ("700", "", "Gao, E"), ("880", "700-02/$1", "高鶚"), ("500", "", "Unsearched note"),
        ("300", "", "3 volumes"), ("880", "500-03/$1", "附注"),
    )  # fmt: skip
    title("红楼梦", record=told)
    for typed in ("hong lou", "story stone", "families", "高鹗", "gao e"):
        assert named(typed) == ["红楼梦"], typed
    for typed in ("unsearched", "volumes", "附注"):
        assert named(typed) == [], typed


def test_a_record_of_the_other_format_says_as_much() -> None:
    title(
        "边城", record=record(("200", "", "边城"), ("517", "", "翠翠"), ("606", "", "中篇小说"), ("701", "", "沈从文"))
    )
    for typed in ("翠翠", "中篇", "沈从文"):
        assert named(typed) == ["边城"], typed


def test_a_character_is_simplified_whatever_stands_beside_it() -> None:
    assert words.plain("乾隆皇帝與著作") == words.plain("乾") + words.plain("隆皇帝") + words.plain("與著") + "作"
    title("乾隆皇帝")
    assert named("乾隆") == ["乾隆皇帝"]


def test_a_number_that_is_no_isbn_is_a_word() -> None:
    assert isbn("9787020000220") == "" and isbn("1984") == ""
    title("1984", "Orwell")
    assert named("1984") == ["1984"]


def test_characters_without_pinyin_are_passed_over() -> None:
    book = title("日本の歴史と한국")
    assert find("rbls").titles == (book.pk,) and find("の歴史").titles == (book.pk,)


def test_a_broken_record_leaves_the_rest_to_be_found() -> None:
    title("残卷", record=b"00012garbage")
    assert named("残卷") == ["残卷"]
