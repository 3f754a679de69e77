"""Test search by two characters, initials, numbers and parts of a record, in any spelling."""

from __future__ import annotations

import pytest
from pymarc import Field, Indicators, Record, Subfield

from hub.catalogue.models import Isbn, Title
from hub.catalogue.search import index
from hub.catalogue.search.index import every, find
from lending.number_patterns import isbn

pytestmark = pytest.mark.django_db


def title(name: str, author: str = "", **more: object) -> Title:
    row: Title = Title.objects.create(title=name, author=author, **more)
    return row


def titles_found(typed: str) -> list[str]:
    found = find(typed)
    by_key = {each.pk: each.title for each in Title.objects.filter(pk__in=found.titles)}
    return [] if found.close else [by_key[each] for each in found.titles]


@pytest.mark.parametrize(
    "typed",
    ["红楼", "楼梦", "梦", "紅樓夢", "红楼 曹雪芹", "hlm", "HL", "cxq", "I242.4", "i242.4/1",
     "９７８７０２０００２２０７",
     "9787020002207", "978-7-02-000220-7", "978 7 02 000220 7", "7-02-000220-X", "ISBN 702000220x", "9787-020"],
)  # fmt: skip
def test_title_is_found_by_words_author_initials_class_or_isbn(typed: str) -> None:
    novel = title("红楼梦", "曹雪芹", call_number="I242.4/17")
    Isbn.objects.create(title=novel, isbn13="9787020002207")
    title("边城", "沈从文", call_number="I246.5/3")
    assert titles_found(typed) == ["红楼梦"], typed


def test_accents_case_and_apostrophes_are_ignored() -> None:
    title("Ödön von Horváths Café", "Łukasz")
    for typed in ("odon", "HORVATH", "cafe lukasz", "café"):
        assert titles_found(typed) == ["Ödön von Horváths Café"], typed


def test_all_words_must_match_and_only_the_last_may_be_a_prefix() -> None:
    title("Harry Potter and the Goblet of Fire")
    title("Potter's clay")
    assert titles_found("harry pot") == ["Harry Potter and the Goblet of Fire"]
    assert find("har potter").close


def test_exact_title_comes_first_then_titles_with_the_prefix() -> None:
    title("边城")
    title("新边城记")
    title("边城故事")
    title("沈从文研究", "边城")
    assert titles_found("边城")[:2] == ["边城", "边城故事"]
    assert set(titles_found("边城")) == {"边城", "边城故事", "新边城记", "沈从文研究"}


def test_one_wrong_character_finds_an_approximate_match() -> None:
    novel = title("额尔古纳河右岸", "迟子建")
    title("黄河")
    found = find("额尔古纳何右岸")
    assert found.close and found.has_no_match
    assert found.titles[0] == novel.pk


def test_wrong_last_letter_of_a_long_word_finds_an_approximate_match() -> None:
    book = title("Pedagogy of the Oppressed")
    found = find("pedagogi")
    assert found.close and found.titles == (book.pk,)


def test_empty_or_meaningless_query_finds_nothing() -> None:
    title("红楼梦")
    for typed in ("", "   ", '"*" OR 1=1 --', "':*&|!", "\x00", "ʘ", "ǂ"):
        assert find(typed).titles == (), typed
    assert find("鬯鬯").has_no_match


@pytest.mark.parametrize(
    "typed", ['红"楼', "红楼*", "红楼) OR (a", "'红楼' & !", "红楼:* <-> \\", "红楼 AND", "NEAR(红楼 梦)"]
)
def test_operators_in_a_query_have_no_meaning(typed: str) -> None:
    title("红楼梦")
    find(typed)
    assert every("红楼") == set(find("红楼").titles)


def record(*fields: tuple[str, str, str]) -> bytes:
    marc_record = Record(force_utf8=True)
    for tag, six, text in fields:
        linkage = [Subfield("6", six)] if six else []
        marc_record.add_field(
            Field(tag=tag, indicators=Indicators(" ", " "), subfields=[*linkage, Subfield("a", text)])
        )
    return bytes(marc_record.as_marc())


def test_marc21_record_adds_search_words() -> None:
    marc = record(
        ("245", "880-01", "Hong lou meng"), ("880", "245-01/$1", "紅樓夢"), ("246", "", "Story of the Stone"),
        ("650", "", "Families"), ("700", "", "Gao, E"), ("880", "700-02/$1", "高鶚"), ("500", "", "Unsearched note"),
        ("300", "", "3 volumes"), ("880", "500-03/$1", "附注"),
    )  # fmt: skip
    title("红楼梦", record=marc)
    for typed in ("hong lou", "story stone", "families", "高鹗", "gao e"):
        assert titles_found(typed) == ["红楼梦"], typed
    for typed in ("unsearched", "volumes", "附注"):
        assert titles_found(typed) == [], typed


def test_cnmarc_record_adds_search_words() -> None:
    title(
        "边城", record=record(("200", "", "边城"), ("517", "", "翠翠"), ("606", "", "中篇小说"), ("701", "", "沈从文"))
    )
    for typed in ("翠翠", "中篇", "沈从文"):
        assert titles_found(typed) == ["边城"], typed


def test_character_is_simplified_whatever_its_neighbour() -> None:
    assert index.plain("乾隆皇帝與著作") == index.plain("乾") + index.plain("隆皇帝") + index.plain("與著") + "作"
    title("乾隆皇帝")
    assert titles_found("乾隆") == ["乾隆皇帝"]


def test_number_that_is_not_an_isbn_is_a_word() -> None:
    assert isbn("9787020000220") == "" and isbn("1984") == ""
    title("1984", "Orwell")
    assert titles_found("1984") == ["1984"]


def test_characters_without_pinyin_are_skipped() -> None:
    book = title("日本の歴史と한국")
    assert find("rbls").titles == (book.pk,) and find("の歴史").titles == (book.pk,)


def test_damaged_record_leaves_the_title_searchable() -> None:
    title("残卷", record=b"00012garbage")
    assert titles_found("残卷") == ["残卷"]
