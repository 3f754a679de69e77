"""Test CSV imports: the dry run first, and every bad row reported."""

from pathlib import Path

import pytest

from hub.catalogue.items_csv import ItemSheet
from hub.catalogue.models import Isbn, Item, Title
from hub.circulation import cards, pins
from hub.circulation.models import Card, Patron, PatronCategory
from hub.circulation.sheets.export import export
from hub.circulation.sheets.imports import PatronSheet
from hub.csv_sheets.csv_reader import BadSheet, SheetColumn, rows
from tests.hub.support.world import ADA_UID, NOW, World


def sheet(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "sheet.csv"
    path.write_bytes(text.encode(encoding))
    return path


PATRONS = """identifier,name,category,expires,language,card,pin
20000000000038,Grace Sample,adult,2027-12-31,en,04aabbcc,4711
20000000000046,欧阳示例,adult,,zh,,
20000000000012,Ada Renamed,adult,2028-01-01,en,,
"""


def test_dry_run_counts_changes_and_writes_nothing(world: World, tmp_path: Path) -> None:
    plan = PatronSheet().run(sheet(tmp_path, PATRONS), False)
    assert (plan.added, plan.updated, plan.bad) == (2, 1, [])
    assert Patron.objects.count() == 2
    assert Patron.objects.get(identifier="20000000000012").name == "Ada Sample"


def test_chinese_headings_and_names_of_categories_are_understood(world: World, tmp_path: Path) -> None:
    PatronCategory.objects.create(code="child", name="儿童", name_en="Child")
    plan = PatronSheet().run(sheet(tmp_path, "读者证号,姓名,读者类型\n77000001,王示例,儿童\n77000002,Li,Child\n"), True)
    assert (plan.added, plan.bad) == (2, [])
    assert {each.category.code for each in Patron.objects.filter(identifier__startswith="77")} == {"child"}
    PatronCategory.objects.create(code="infant", name="儿童")
    plan = PatronSheet().run(sheet(tmp_path, "读者证号,姓名,读者类型\n77000003,王示例,儿童\n"), True)
    assert plan.bad == [(2, "category '儿童' is unknown; known: adult, child (儿童), infant (儿童)")]


def test_imported_cards_and_pins_are_stored_as_hashes(world: World, tmp_path: Path) -> None:
    plan = PatronSheet().run(sheet(tmp_path, PATRONS), True)
    assert (plan.added, plan.updated, plan.bad) == (2, 1, [])
    grace = Patron.objects.get(identifier="20000000000038")
    assert cards.holder_of("04AABBCC") == cards.holder_of("20000000000038") == grace
    assert pins.check(grace, "4711", NOW) == "right"
    assert "4711" not in grace.pin
    assert not Card.objects.filter(hash__contains="AABBCC").exists()
    again = PatronSheet().run(sheet(tmp_path, PATRONS), True)
    assert (again.added, again.updated, again.same, again.bad) == (0, 0, 3, [])
    assert grace.cards.count() == 2


def test_bad_patron_rows_are_named_and_the_others_imported(world: World, tmp_path: Path) -> None:
    text = f"""identifier,name,category,expires,language,card,pin
,Nobody,adult,,,,
20000000000053,,adult,,,,
20000000000061,Grace,pirate,,,,
20000000000079,Grace,adult,tomorrow,,,
20000000000087,Grace,adult,,,not a card!,
20000000000095,Grace,adult,,,{ADA_UID},
20000000000103,Grace,adult,,,,abc
20000000000111,Grace,adult,,,,
20000000000111,Grace,adult,,,,
"""
    plan = PatronSheet().run(sheet(tmp_path, text), True)
    assert [(number, fault.split(" ")[0]) for number, fault in plan.bad] == [
        (2, "identifier"), (3, "name"), (4, "category"), (5, "expires"), (6, "card"), (7, "card"), (8, "pin"),
        (10, "identifier"),
    ]  # fmt: skip
    assert "0012" in plan.bad[5][1]
    assert plan.added == 1
    assert set(Patron.objects.values_list("identifier", flat=True)) == {
        world.ada.identifier, world.lin.identifier, "20000000000111",
    }  # fmt: skip


def test_card_equal_to_the_identifier_is_refused_with_advice(world: World, tmp_path: Path) -> None:
    text = """identifier,name,category,card
20000000000111,Grace,adult,20000000000111
20000000000129,Grace,adult,20000000000111
"""
    [(first, repeated), (second, _twice)] = PatronSheet().run(sheet(tmp_path, text), True).bad
    assert (first, second) == (2, 3)
    assert repeated == "card repeats the identifier, which already counts as a card; leave card empty"


def test_bad_row_lists_all_its_faults(world: World, tmp_path: Path) -> None:
    text = f"""identifier,name,category,status,expires,card,pin
200 0,,pirate,asleep,tomorrow,{ADA_UID},abc
"""
    [(number, faults)] = PatronSheet().run(sheet(tmp_path, text), True).bad
    assert number == 2
    assert columns(faults, text) == ["identifier", "card", "name", "category", "expires", "status", "pin"]
    text = """barcode,type,branch,isbn,condition
3|4,scroll,moon,123,wet
"""
    [(number, faults)] = ItemSheet().run(sheet(tmp_path, text), True).bad
    assert number == 2
    assert columns(faults, text) == ["barcode", "type", "branch", "isbn", "condition"]


def columns(faults: str, text: str) -> list[str]:
    """Return the columns that the faults name, in their order."""
    heading = text.splitlines()[0].split(",")
    return [word for fault in faults.split(" | ") if (word := fault.split(" ")[0]) in heading]


def test_sheet_in_gb18030_is_read(world: World, tmp_path: Path) -> None:
    PatronSheet().run(sheet(tmp_path, "identifier,name,category\n20000000000046,欧阳示例,adult\n", "gb18030"), True)
    assert Patron.objects.get(identifier="20000000000046").name == "欧阳示例"


@pytest.mark.parametrize(
    ("heading", "fault"),
    [
        ("identifier,name", "lacks category"),
        ("identifier,name,category,colour", "unknown column colour"),
        ("", "lacks identifier, name, category"),
    ],
)
def test_sheet_with_a_wrong_header_is_refused(world: World, tmp_path: Path, heading: str, fault: str) -> None:
    with pytest.raises(BadSheet, match=fault):
        PatronSheet().run(sheet(tmp_path, heading + "\n"), True)


def test_items_are_linked_to_titles_by_control_number_isbn_or_title(world: World, tmp_path: Path) -> None:
    world.dune.title.control_number = "DLC42"
    world.dune.title.save()
    Isbn.objects.create(title=world.emma.title, isbn13="9780441013593")
    text = """barcode,type,branch,control_number,isbn,title,author,call_number
30000000000045,book,main,DLC42,,,,813 HER
30000000000052,book,main,,0-441-01359-7,,,
30000000000060,book,main,,,New words,Author,
30000000000078,book,main,,,New words,Author,
30000000000011,book,main,,,Utopia,"More, Thomas",
"""
    dry = ItemSheet().run(sheet(tmp_path, text), False)
    assert (dry.added, dry.updated, dry.bad, Item.objects.count()) == (4, 1, [], 3)
    ItemSheet().run(sheet(tmp_path, text), True)
    titles = {item.barcode: item.title.title for item in Item.objects.select_related("title")}
    assert titles["30000000000045"] == "Dune"
    assert titles["30000000000052"] == "Emma"
    assert titles["30000000000060"] == titles["30000000000078"] == "New words"
    assert titles["30000000000011"] == "Utopia"
    assert Title.objects.filter(title="New words").count() == 1
    assert Item.objects.get(barcode="30000000000045").call_number == "813 HER"


def test_bad_item_rows_are_named(world: World, tmp_path: Path) -> None:
    text = """barcode,type,branch,control_number,isbn,title,author,call_number
,book,main,,,X,,
3|4,book,main,,,X,,
30000000000045,scroll,main,,,X,,
30000000000052,book,moon,,,X,,
30000000000060,book,main,DLC1,,,,
30000000000078,book,main,,123,,,
30000000000086,book,main,,9787020002207,,,
30000000000094,book,main,,,,,
30000000000102,book,main,,,X,,
30000000000102,book,main,,,X,,
"""
    plan = ItemSheet().run(sheet(tmp_path, text), True)
    assert [number for number, _fault in plan.bad] == [2, 3, 4, 5, 6, 7, 8, 9, 11]
    assert "known: book" in plan.bad[2][1]
    assert plan.added == 1
    assert Item.objects.count() == 4


def test_export_contains_no_secrets_and_no_formulas(world: World, tmp_path: Path) -> None:
    pins.set_pin(world.ada, "4711")
    world.upload(world.checkout(world.dune))
    Patron.objects.filter(pk=world.lin.pk).update(name="=HYPERLINK(1)")
    Title.objects.filter(pk=world.dune.title_id).update(record=b"raw MARC")
    counts = dict(export(tmp_path / "out"))
    assert {**counts, "rules.json": 0} == {
        "patrons.csv": 2, "items.csv": 3, "loans.csv": 1, "holds.csv": 0, "fees.csv": 0, "titles.mrc": 1,
        "rules.json": 0,
    }  # fmt: skip
    patrons = (tmp_path / "out" / "patrons.csv").read_text(encoding="utf-8-sig")
    assert patrons.splitlines()[0] == "identifier,name,category,status,expires,language"
    assert "'=HYPERLINK(1)" in patrons
    loans = (tmp_path / "out" / "loans.csv").read_text(encoding="utf-8-sig")
    assert f"{world.ada.identifier},{world.dune.barcode},main,on_loan" in loans
    everything = "".join(path.read_text(encoding="utf-8-sig") for path in (tmp_path / "out").glob("*.csv"))
    assert world.ada.pin not in everything
    assert cards.hash_number(ADA_UID) not in everything
    assert (tmp_path / "out" / "titles.mrc").read_bytes() == b"raw MARC"


def test_exported_sheets_import_unchanged_into_a_new_hub(world: World, tmp_path: Path) -> None:
    """Branches, types and categories already exist; titles without a record come with their items."""
    Patron.objects.filter(pk=world.lin.pk).update(name="'=HYPERLINK(1)", status="blocked", expires="2027-01-31")
    Item.objects.filter(pk=world.dune.pk).update(condition="lost", call_number="813 HER")
    Title.objects.filter(pk=world.emma.title_id).update(control_number="DLC7", author="Austen, Jane")
    first, second = tmp_path / "first", tmp_path / "second"
    export(first)
    Item.objects.all().delete()
    Title.objects.all().delete()
    Patron.objects.all().delete()
    patrons, items = PatronSheet().run(first / "patrons.csv", True), ItemSheet().run(first / "items.csv", True)
    assert (patrons.added, patrons.bad, items.added, items.bad) == (2, [], 3, [])
    assert Patron.objects.get(identifier=world.lin.identifier).name == "'=HYPERLINK(1)"
    export(second)
    for name in ("patrons.csv", "items.csv"):
        assert (second / name).read_text() == (first / name).read_text()


def test_sheet_without_status_and_condition_keeps_them(world: World, tmp_path: Path) -> None:
    Patron.objects.filter(pk=world.ada.pk).update(status="blocked")
    Item.objects.filter(pk=world.dune.pk).update(condition="lost")
    PatronSheet().run(sheet(tmp_path, f"identifier,name,category\n{world.ada.identifier},Ada,adult\n"), True)
    ItemSheet().run(sheet(tmp_path, f"barcode,type,branch,title\n{world.dune.barcode},book,main,Dune\n"), True)
    assert Patron.objects.get(pk=world.ada.pk).status == "blocked"
    assert Item.objects.get(pk=world.dune.pk).condition == "lost"


def test_malformed_csv_is_refused(tmp_path: Path) -> None:
    sheet = tmp_path / "patrons.csv"
    sheet.write_bytes(b"identifier,name\n1001,Ada\rLin\n")
    with pytest.raises(BadSheet, match="not valid CSV"):
        list(rows(sheet, [SheetColumn("identifier", needed=True), SheetColumn("name")]))
