"""Test MARC records as libraries send them: real ones, damaged ones, and other formats."""

from __future__ import annotations

import gzip
import io
import random
from pathlib import Path

import pytest
from pymarc import Field, Indicators, MARCReader, Record, Subfield, record_to_xml

from hub.catalogue.display import call_number, dewey_short, display_text, isbn13, subject, trim_punctuation
from hub.catalogue.marc import BookDetails, DescribedTitle, UnusableRecord, book_details, of_bytes, open_marc_file, read
from hub.catalogue.marc_import import import_marc
from hub.catalogue.models import Isbn, Title
from hub.demo.sample_data import SAMPLE


def sample() -> list[DescribedTitle]:
    with open_marc_file(SAMPLE) as file:
        return [each for each in read(file) if isinstance(each, DescribedTitle)]


def record(title: str = "Dune /", number: str = "42") -> Record:
    marc_record = Record(force_utf8=True)
    marc_record.add_field(Field(tag="001", data=number))
    marc_record.add_field(Field(tag="020", subfields=[Subfield("a", "0441013597 (pbk.)")]))
    marc_record.add_field(
        Field(tag="100", indicators=Indicators("1", " "), subfields=[Subfield("a", "Herbert, Frank,")])
    )
    marc_record.add_field(Field(tag="245", indicators=Indicators("1", "0"), subfields=[Subfield("a", title)]))
    return marc_record


def read_records(*records: Record) -> list[DescribedTitle | UnusableRecord]:
    return list(read(io.BytesIO(b"".join(each.as_marc() for each in records))))


def test_sample_has_records_in_four_languages() -> None:
    languages = [each.language for each in sample()]
    assert len(languages) == 120
    assert {language: languages.count(language) > 10 for language in ("chi", "eng", "rus", "mon")} == dict.fromkeys(
        ("chi", "eng", "rus", "mon"), True
    )


@pytest.mark.parametrize(
    ("extent", "pages"),
    [("vi, 423 p. :", 423), ("443 p., [8] p.", 443), ("[12] p.", 12), ("285页", 285), ("318 с.", 318), ("2 v.", 0),
     (f"{'9' * 5000} p.", 0)],
)  # fmt: skip
def test_pages_and_summary_are_read_from_the_record(extent: str, pages: int) -> None:
    found = record()
    found.add_field(Field(tag="300", subfields=[Subfield("a", extent)]))
    found.add_field(Field(tag="520", subfields=[Subfield("a", "A desert planet.")]))
    assert book_details(found.as_marc()) == BookDetails(pages, "A desert planet.")
    assert book_details(b"damaged") == BookDetails()


def test_chinese_title_is_shown_in_its_own_script() -> None:
    titles = {each.title: each for each in sample()}
    book = titles["钱钟书传"]
    assert (book.author, book.language, book.year) == ("孔庆茂", "chi", 1992)
    assert book.isbns
    assert all(len(isbn) == 13 for isbn in book.isbns)


@pytest.mark.parametrize(
    ("heading", "indicator", "languages", "said"),
    [
        ("Herbert, Frank,", "1", ("eng", ""), "Frank Herbert"),
        ("Doctorow, E. L.,", "1", ("eng", ""), "E. L. Doctorow"),
        ("Mo, Yan,", "1", ("eng", "chi"), "Mo Yan"),
        ("Damdinsurėn, TS.", "0", ("mon", ""), "TS. Damdinsurėn"),
        ("John, the Baptist", "0", ("eng", ""), "John, the Baptist"),
        ("Aristotle", "0", ("grc", ""), "Aristotle"),
        ("King, Martin Luther, Jr.", "1", ("eng", ""), "King, Martin Luther, Jr"),
    ],
)
def test_author_is_named_as_it_is_said(heading: str, indicator: str, languages: tuple[str, str], said: str) -> None:
    book = record()
    book.remove_fields("100")
    book.add_field(Field(tag="100", indicators=Indicators(indicator, " "), subfields=[Subfield("a", heading)]))
    book.add_field(Field(tag="008", data=" " * 35 + languages[0] + "  "))
    if languages[1]:
        book.add_field(Field(tag="041", indicators=Indicators("1", " "), subfields=[Subfield("h", languages[1])]))
    (found,) = read_records(book)
    assert isinstance(found, DescribedTitle)
    assert (found.author, found.call_number) == (said, heading.replace(", ", "")[:3].upper()), (
        "the shelf goes by the heading"
    )


def test_record_is_kept_unchanged() -> None:
    with gzip.open(SAMPLE) as file:
        raw = file.read()
    assert b"".join(each.record for each in sample()) == raw


@pytest.mark.parametrize(
    ("cataloguers", "patrons"),
    [
        ("Ochag bolʹshoĭ semʹi", "Ochag bol'shoĭ sem'i"),
        ("Istorii︠a︡ t︠s︡arstva", "Istoriia tsarstva"),
        ("u̇nėniĭ mȯrȯȯr", "unėniĭ moroor"),
        ("法制 建设 与　精神", "法制建设与精神"),
        ("Ḥadīth ʻilm", "Hadīth 'ilm"),
        ("The C₆₀ family", "The C60 family"),
        ("Өглөө Үүр", "Өглөө Үүр"),
        ("two\n lines\x07", "two lines"),
    ],
)
def test_characters_missing_in_the_font_are_replaced(cataloguers: str, patrons: str) -> None:
    assert display_text(cataloguers) == patrons


@pytest.mark.parametrize(
    ("field", "trimmed_text"),
    [("Close quarters :", "Close quarters"), ("Dune /", "Dune"), ("Walsh, Patricia.", "Walsh, Patricia"),
     ("Stewart, Gail B.", "Stewart, Gail B."), ("A title. ", "A title"), ("朱永春.", "朱永春"),
     ("Dune = 沙丘 /", "Dune = 沙丘")],
)  # fmt: skip
def test_punctuation_between_fields_is_dropped(field: str, trimmed_text: str) -> None:
    assert trim_punctuation(field) == trimmed_text


@pytest.mark.parametrize(
    ("text", "thirteen"),
    [("0441013597 (pbk.)", "9780441013593"), ("978-7-02-000220-7", "9787020002207"), ("7805204750 :", None),
     ("080442957X", "9780804429573"), ("0441013598", None), ("", None), ("12", None)],
)  # fmt: skip
def test_isbn_is_read_as_13_digits_or_rejected(text: str, thirteen: str | None) -> None:
    assert isbn13(text) == thirteen


def test_class_determines_subject_and_call_number() -> None:
    assert dewey_short("796.332/64/097642812") == "796.332"
    assert dewey_short("[E]") == ""
    assert [subject(*classes) for classes in (
        ("823/.912", "", "PR6039"), ("", "I247.5", ""), ("", "B946", ""), ("", "", "PL2872.L5"), ("[Fic]", "", ""),
        ("", "", "BQ6346"), ("", "", "KNQ4607"), ("", "", "MLCSA 2001"), ("", "", ""),
    )] == ["8", "I", "B9", "8", "8", "2", "3", "", ""]  # fmt: skip
    assert call_number("823/.912", "", "PR6039", "Thirkell, Angela") == "823.912 THI"
    assert call_number("", "I247.5/22", "", "x") == "I247.5/22"
    assert call_number("", "", "PL2872 .L5", "x") == "PL2872.L5"
    assert call_number("", "", "", "Өнөр") == "ӨНӨ"


def test_record_without_title_is_bad_and_numbered() -> None:
    untitled = record()
    untitled.remove_fields("245")
    good, bad, also_good = read_records(record(), untitled, record("Emma", "43"))
    assert isinstance(good, DescribedTitle) and isinstance(also_good, DescribedTitle)
    assert bad == UnusableRecord(2, "no title in field 245", raw=untitled.as_marc())


def test_broken_bytes_lose_only_their_own_record() -> None:
    one, other = record().as_marc(), record("Emma", "43").as_marc()
    broken = bytearray(one)
    broken[0:5] = b"xxxxx"
    found = list(read(io.BytesIO(other + bytes(broken) + other)))
    assert [type(each) for each in found] == [DescribedTitle, UnusableRecord, DescribedTitle]
    assert found[1].number == 2
    assert isinstance(next(read(io.BytesIO(one[:40]))), UnusableRecord)
    assert list(read(io.BytesIO(b""))) == []


def test_marcxml_gives_the_same_record_as_marc21(tmp_path: Path) -> None:
    xml = b'<collection xmlns="http://www.loc.gov/MARC21/slim">' + record_to_xml(record()) + b"</collection>"
    path = tmp_path / "one.xml.gz"
    path.write_bytes(gzip.compress(xml))
    with open_marc_file(path) as file:
        (from_xml,) = read(file)
    (from_marc,) = read_records(record())
    assert isinstance(from_xml, DescribedTitle) and isinstance(from_marc, DescribedTitle)
    assert from_xml.title == from_marc.title == "Dune"
    assert from_xml.isbns == from_marc.isbns == ("9780441013593",)
    assert next(MARCReader(from_xml.record))["001"].data == "42"


def test_truncated_marcxml_is_named() -> None:
    xml = b"<collection>" + record_to_xml(record()) + b"<record><leader>"
    good, bad = read(io.BytesIO(xml))
    assert isinstance(good, DescribedTitle)
    assert isinstance(bad, UnusableRecord) and "the file ends early" in bad.fault


@pytest.mark.django_db
def test_repeated_import_updates_records_and_counts_faults() -> None:
    steps: list[None] = []
    untitled = record()
    untitled.remove_fields("245")
    content = record().as_marc() + record("Emma", "43").as_marc() + untitled.as_marc()
    report = import_marc(io.BytesIO(content), lambda: steps.append(None))
    assert (report.added, report.updated, [bad.number for bad in report.bad], len(steps)) == (2, 0, [3], 3)
    changed = record("Dune Messiah /").as_marc()
    again = import_marc(io.BytesIO(content + changed), lambda: None)
    assert (again.added, again.updated) == (0, 2)
    assert sorted(Title.objects.values_list("title", flat=True)) == ["Dune Messiah", "Emma"]
    assert Isbn.objects.count() == 2


@pytest.mark.django_db
def test_whole_sample_is_imported_and_kept_unchanged() -> None:
    with open_marc_file(SAMPLE) as file:
        report = import_marc(file, lambda: None)
    assert (report.added, report.bad) == (120, [])
    kept = {bytes(record) for record in Title.objects.values_list("record", flat=True)}
    assert kept == {each.record for each in sample()}


@pytest.mark.parametrize("spoilt", [b"\x1f\x8b", b"\x1f\x8bnothing"])
def test_damaged_gzip_file_ends_with_a_fault(tmp_path: Path, spoilt: bytes) -> None:
    file = tmp_path / "records.gz"
    file.write_bytes(spoilt)
    with open_marc_file(file) as records:
        *_, last = read(records)
    assert isinstance(last, UnusableRecord)
    assert last.fault.startswith("the file ends early")


@pytest.mark.parametrize("length", [b"00000", b"00002"])
def test_record_shorter_than_its_length_field_ends_the_file(tmp_path: Path, length: bytes) -> None:
    raw = length + b"nam a2200000 a 4500\x1e\x1d"
    path = tmp_path / "records.mrc"
    path.write_bytes(raw)
    assert [type(each) for each in read(io.BytesIO(raw))] == [UnusableRecord]
    with open_marc_file(path) as file:
        assert [type(each) for each in read(file)] == [UnusableRecord]


@pytest.mark.django_db
def test_subject_headings_keep_their_subdivisions() -> None:
    marc_record = record()
    for tag, *parts in (("650", "a", "Women", "z", "China", "x", "History."), ("651", "a", "Dune (Planet)")):
        codes = [Subfield(*parts[at : at + 2]) for at in range(0, len(parts), 2)]
        marc_record.add_field(Field(tag=tag, indicators=Indicators(" ", "0"), subfields=codes))
    import_marc(io.BytesIO(marc_record.as_marc()), lambda: None)
    assert Title.objects.get().headings == "Women -- China -- History\nDune (Planet)"


def test_cnmarc_subjects_are_read_from_field_606() -> None:
    marc_record = Record(force_utf8=True)
    marc_record.add_field(Field(tag="200", subfields=[Subfield("a", "红楼梦研究")]))
    marc_record.add_field(Field(tag="606", subfields=[Subfield("a", "古典小说"), Subfield("x", "文学研究")]))
    (found,) = read_records(marc_record)
    assert isinstance(found, DescribedTitle)
    assert found.headings == "古典小说 -- 文学研究"


FIELDS = {
    "010": ["a9787530216781", "dCNY32.00"],
    "100": ["a20170301d2016    em y0chiy50      ea"],
    "101": ["achi"],
    "200": ["a呼兰河传", "e插图本", "f萧红著"],
    "606": ["a长篇小说", "y中国", "z现代"],
    "690": ["aI246.5", "v5"],
    "701": ["a萧红", "4著"],
    "856": ["uhttp://127.0.0.1:1/hulanhe.epub", "2电子书", "z馆内可读"],
    "905": ["aHBTSG", "dI246.5", "e4412"],
}


def cnmarc(encoding: str = "gb18030", **changed: list[str]) -> bytes:
    """Return a record as a Chinese ILS writes it, without its character set in the leader."""
    directory, data = b"", b""
    fields = {**FIELDS, **{tag.lstrip("f"): parts for tag, parts in changed.items()}}
    for tag, parts in {"001": [], **fields}.items():
        body = b"012016000042" if tag == "001" else b"4 " if tag == "856" else b"  "
        body += b"".join(b"\x1f" + part.encode(encoding) for part in parts) + b"\x1e"
        directory += f"{tag}{len(body):04}{len(data):05}".encode()
        data += body
    base = 24 + len(directory) + 1
    return f"{base + len(data) + 1:05}nam0 22{base:05}   450 ".encode() + directory + b"\x1e" + data + b"\x1d"


def one(raw: bytes) -> DescribedTitle:
    (found,) = read(io.BytesIO(raw))
    assert isinstance(found, DescribedTitle), found
    return found


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_record_is_read_in_either_character_set(encoding: str) -> None:
    book = one(cnmarc(encoding))
    assert (book.title, book.subtitle, book.author) == ("呼兰河传", "插图本", "萧红")
    assert (book.control_number, book.isbns, book.language, book.year) == (
        "012016000042", ("9787530216781",), "chi", 2016,
    )  # fmt: skip
    assert (book.clc, book.subject, book.call_number) == ("I246.5", "I", "I246.5/4412")


def test_record_is_kept_unchanged_and_can_be_read_again() -> None:
    raw = cnmarc()
    book = one(raw)
    assert book.record == raw
    assert "呼兰河传" in str(of_bytes(book.record))


def test_both_formats_can_be_mixed_in_one_file(db: None) -> None:
    file = io.BytesIO(cnmarc() + record("Dune /").as_marc() + cnmarc("utf-8", f200=["a生死场", "f萧红著"]))
    report = import_marc(file, lambda: None)
    assert (report.added, report.updated, report.bad) == (2, 0, []), (
        "the third record has the control number of the first"
    )
    assert set(Title.objects.values_list("title", flat=True)) == {"生死场", "Dune"}


def test_without_a_call_number_the_class_is_used() -> None:
    assert one(cnmarc(f905=["aHBTSG"])).call_number == "I246.5"


def test_record_without_title_is_named_and_the_next_is_read() -> None:
    bad, good = read(io.BytesIO(cnmarc(f200=["f萧红著"]) + cnmarc()))
    assert isinstance(bad, UnusableRecord) and (bad.number, bad.fault) == (1, "no title in field 245")
    assert isinstance(good, DescribedTitle)


def test_undecodable_characters_are_named() -> None:
    raw = cnmarc().replace("呼兰".encode("gb18030"), b"\xff\xff\xff\xff")
    (bad,) = read(io.BytesIO(raw))
    assert isinstance(bad, UnusableRecord) and "UnicodeDecodeError" in bad.fault


def test_marc21_call_number_is_read_from_field_852() -> None:
    marc_record = record()
    parts = [Subfield("h", "813.54"), Subfield("i", "HER")]
    marc_record.add_field(Field(tag="852", indicators=Indicators(" ", " "), subfields=parts))
    assert one(marc_record.as_marc()).call_number == "813.54 HER"


def test_marc21_record_is_read() -> None:
    marc_record: Record = record("Dune /")
    assert one(marc_record.as_marc()).title == "Dune"


RECORDS = [record(f"Book {number}", str(100 + number)).as_marc() for number in range(10)]
BROKEN = 5


def titles_and_faults(raw: bytes) -> tuple[list[str], list[UnusableRecord]]:
    """Return the titles read, and the bad records."""
    found = list(read(io.BytesIO(raw)))
    return [each.title for each in found if isinstance(each, DescribedTitle)], [
        e for e in found if isinstance(e, UnusableRecord)
    ]


def file_with(broken: bytes, between: bytes = b"") -> bytes:
    return between.join([*RECORDS[:BROKEN], broken, *RECORDS[BROKEN + 1 :]])


OTHERS = [f"Book {number}" for number in range(10) if number != BROKEN]
WHOLE = RECORDS[BROKEN]


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (b"xxxxx" + WHOLE[5:], "no record starts here"),
        (b"00000" + WHOLE[5:], "states 0 bytes but has 131"),
        (b"00128" + WHOLE[5:], "states 128 bytes but has 131"),
        (b"00134" + WHOLE[5:], "states 134 bytes but has 131"),
        (b"99999" + WHOLE[5:], "states 99,999 bytes"),
        (WHOLE[:60], "ends after 60 of 131 bytes"),
        (WHOLE[:12] + b"zzzzz" + WHOLE[17:], "directory"),
        (WHOLE[:30] + b"?" * 10 + WHOLE[40:], "directory"),
        (b"<p>502 Bad Gateway</p>\x1d", "no record starts here"),
    ],
)
def test_damaged_record_is_named_and_the_others_are_read(broken: bytes, why: str) -> None:
    titles, (bad,) = titles_and_faults(file_with(broken))
    assert titles == OTHERS
    assert bad.number == BROKEN + 1
    assert why in bad.fault


def test_offset_is_where_the_damaged_record_begins() -> None:
    _titles, (bad,) = titles_and_faults(file_with(b"00134" + WHOLE[5:], b"\r\n"))
    assert bad.offset == sum(map(len, RECORDS[:BROKEN])) + 2 * BROKEN


def test_random_damage_to_one_record_loses_no_other() -> None:
    chance = random.Random(2709)
    for _time in range(300):
        at = chance.randrange(len(WHOLE) - 1)
        broken = WHOLE[:at] + chance.randbytes(chance.randrange(9)).replace(b"\x1d", b"") + WHOLE[at + 1 :]
        titles, bad = titles_and_faults(file_with(broken))
        assert set(OTHERS) <= set(titles), broken
        assert len(titles) + len(bad) == 10, broken


@pytest.mark.parametrize("last", [b"2", b"19", b"202", b"2019", b"12019"])
def test_record_truncated_within_digits_does_not_lose_the_next(last: bytes) -> None:
    titles, (bad,) = titles_and_faults(file_with(WHOLE[:60] + last))
    assert titles == OTHERS
    assert f"ends after {60 + len(last)} of 131 bytes" in bad.fault


def test_digits_in_a_directory_start_no_record() -> None:
    for more in range(400):
        broken = record("x" * more, "105").as_marc()
        titles, bad = titles_and_faults(file_with(b"99998" + broken[5:]))
        assert titles == OTHERS and [each.raw for each in bad] == [b"99998" + broken[5:]], more


@pytest.mark.parametrize("between", [b"\n", b"\r\n", b"\0\0", b" \n "])
def test_bytes_between_records_are_ignored(between: bytes) -> None:
    titles, bad = titles_and_faults(between.join(RECORDS) + between)
    assert (len(titles), bad) == (10, [])


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"<html><body>Not found</body></html>", "this file with <html>"),
        (b"these are no records\n" * 9, "no record starts here"),
        (b"PK\x03\x04" + bytes(2_000_000), "no record starts here"),
        ("title,author\n".encode("utf-16") * 9, "no record starts here"),
    ],
)
def test_file_without_records_is_named(raw: bytes, why: str) -> None:
    titles, (bad,) = titles_and_faults(raw)
    assert (titles, bad.number) == ([], 1)
    assert why in bad.fault


@pytest.mark.parametrize("raw", [b"", b"\r\n", b"<collection/>"])
def test_empty_file_has_no_fault(raw: bytes) -> None:
    assert titles_and_faults(raw) == ([], [])
