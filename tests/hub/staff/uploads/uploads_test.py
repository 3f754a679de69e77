"""Test the pages on which staff upload files: the dry run, the import by the worker, its undo, and what is refused."""

from __future__ import annotations

import gzip
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pymarc import Field, Indicators, Record, Subfield

from hub.audit.models import AccessLogEntry, Act
from hub.catalogue.items_csv import ItemSheet
from hub.catalogue.models import Item, Title
from hub.catalogue.search.index import find
from hub.circulation.models import Card, Patron
from hub.core.clock import hub_clock
from hub.core.state_directory import following
from hub.csv_sheets.csv_reader import CsvRow
from hub.ils.models import FileImport
from hub.outreach.patrons.models import Person
from hub.staff.uploads import files, pages, worker
from lending import atomic_file
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World

CLASS = "identifier,name,category,expires\n" + "".join(
    f"3B{number:04},Pupil {number},adult,2027-08-31\n" for number in range(1, 29)
)
"""A sheet of a school class."""
ITEMS = "barcode,type,branch,title,author\n90001,book,main,New book,A. Author\n90002,book,main,New book,A. Author\n"


@pytest.fixture(autouse=True)
def no_uploads() -> None:
    shutil.rmtree(files.root(), ignore_errors=True)


@pytest.fixture
def librarian(world: World) -> Grace:
    return Grace(role="librarian")


def upload(grace: Grace, kind: str, content: str | bytes, name: str = "class 3b.csv") -> str:
    """Upload a file and return the text of the page that follows."""
    raw = content.encode() if isinstance(content, str) else content
    url = reverse("uploads:upload", args=(kind,))
    response = grace.client.post(url, {"file": SimpleUploadedFile(name, raw)}, follow=True)
    assert response.status_code == 200
    return words(response.content)


def latest() -> FileImport:
    return FileImport.objects.latest("pk")


def shown(grace: Grace) -> str:
    """Return the text of the page of the latest import."""
    return words(grace.client.get(reverse("uploads:file_import", args=(latest().pk,))).content)


def act(grace: Grace, what: str) -> str:
    """Press a button on the page of the latest import."""
    return words(grace.client.post(reverse(f"uploads:{what}", args=(latest().pk,)), follow=True).content)


def run() -> None:
    worker.every_minute(hub_clock().now())


def test_class_of_28_children_is_checked_imported_and_undone(librarian: Grace) -> None:
    before = Patron.objects.count()
    page = upload(librarian, "patrons", CLASS)
    assert "New 28 Changed 0 Unchanged 0 Refused 0" in page and "3B0001 Pupil 1" in page and "and 8 more" in page
    assert Patron.objects.count() == before
    assert "Starts within a minute" in act(librarian, "start")
    run()
    page = shown(librarian)
    assert "Imported" in page and "Pupil 28" in page
    pupil = Patron.objects.get(identifier="3B0028")
    assert (pupil.name, pupil.expires.isoformat(), pupil.history.latest().history_user) == (
        "Pupil 28",
        "2027-08-31",
        librarian.user,
    )
    assert "Import undone" in act(librarian, "undo")
    assert Patron.objects.count() == before and not Card.objects.filter(patron__identifier__startswith="3B").exists()


def test_refused_rows_name_line_cause_and_remedy_and_can_be_downloaded(librarian: Grace) -> None:
    page = upload(librarian, "patrons", CLASS.replace("Pupil 2,adult", "Pupil 2,kid").replace("2027-08-31", "soon", 1))
    assert "3 3B0002 Pupil 2 category 'kid' is unknown; known: adult" in page
    assert "2 3B0001 Pupil 1 expires (…) is not a date; use the form 2027-12-31" in page
    act(librarian, "start")
    run()
    url = reverse("uploads:rejected", args=(latest().pk,))
    assert url in librarian.client.get(reverse("uploads:file_import", args=(latest().pk,))).content.decode()
    sheet = librarian.client.get(url).content.decode("utf-8-sig")
    assert sheet.count("\n") == 3 and "3B0002" in sheet
    assert (latest().added, latest().bad) == (26, 2)


def test_refused_rows_are_described_in_chinese(world: World) -> None:
    page = upload(Grace("zh-hans", "librarian"), "patrons", CLASS.replace("Pupil 2,adult", "Pupil 2,kid"))
    assert "读者类型 'kid' 不存在；现有：adult" in page


def test_same_file_again_has_nothing_to_import(librarian: Grace) -> None:
    upload(librarian, "patrons", CLASS)
    act(librarian, "start")
    run()
    page = upload(librarian, "patrons", CLASS)
    assert "Unchanged 28" in page and "The same file was imported on" in page and "nothing to import" in page
    assert "nothing to import" in act(librarian, "start")
    run()
    assert Patron.objects.filter(identifier__startswith="3B").count() == 28


def test_files_of_patrons_are_deleted_after_the_import_and_after_a_day(librarian: Grace) -> None:
    upload(librarian, "patrons", CLASS)
    folder = files.folder(latest().pk)
    assert {each.name for each in folder.iterdir()} == {"file.csv", "plan.json"}
    assert folder.stat().st_mode & 0o777 == 0o700 and (folder / "file.csv").stat().st_mode & 0o777 == 0o600
    act(librarian, "start")
    run()
    assert {each.name for each in folder.iterdir()} == {"undo.json"}
    worker.every_minute(hub_clock().now() + timedelta(days=1))
    assert not folder.exists() and latest().name == ""
    assert "changed or used since" in act(librarian, "undo")
    assert Patron.objects.filter(identifier__startswith="3B").count() == 28


def test_checked_file_that_was_never_imported_is_forgotten_after_a_day(librarian: Grace) -> None:
    upload(librarian, "patrons", CLASS)
    worker.every_minute(hub_clock().now() + timedelta(days=1))
    assert not FileImport.objects.exists() and list(files.root().iterdir()) == []


def test_class_is_registered_with_guardians_and_undone(librarian: Grace, world: World) -> None:
    sheet = "identifier,name,category,guardian\n3B0001,Pupil 1,adult,{}\n"
    assert "import the guardian first" in upload(librarian, "patrons", sheet.format("99"))
    upload(librarian, "patrons", sheet.format(world.lin.identifier))
    act(librarian, "start")
    run()
    child = Person.objects.get(ref=Patron.objects.get(identifier="3B0001").ref)
    assert child.child and child.guardian is not None and child.guardian.ref == world.lin.ref
    assert "Import undone" in act(librarian, "undo")
    assert not Person.objects.filter(pk=child.pk).exists() and not Patron.objects.filter(identifier="3B0001").exists()


def test_import_of_a_known_child_sends_its_messages_to_no_other_guardian(librarian: Grace, world: World) -> None:
    for name, guardian in (("Pupil 1", world.lin), ("Pupil One", world.ada)):
        upload(librarian, "patrons", f"identifier,name,category,guardian\n3B0001,{name},adult,{guardian.identifier}\n")
        act(librarian, "start")
        run()
    pupil = Patron.objects.get(identifier="3B0001")
    guardian = Person.objects.get(ref=pupil.ref).guardian
    assert pupil.name == "Pupil One" and guardian is not None and guardian.ref == world.lin.ref


def test_undo_restores_changed_patrons(librarian: Grace, world: World) -> None:
    row = f"identifier,name,category\n{world.ada.identifier},Ada Misspelt,adult\n"
    assert "Changed 1" in upload(librarian, "patrons", row) and "Name" in shown(librarian)
    act(librarian, "start")
    run()
    world.ada.refresh_from_db()
    assert world.ada.name == "Ada Misspelt"
    assert "Import undone" in act(librarian, "undo")
    world.ada.refresh_from_db()
    assert world.ada.name != "Ada Misspelt"


def test_import_of_which_a_name_was_corrected_since_is_not_undone(librarian: Grace) -> None:
    upload(librarian, "patrons", CLASS)
    act(librarian, "start")
    run()
    pupil = Patron.objects.get(identifier="3B0007")
    pupil.name = "Pupil Seven"
    pupil.save(update_fields=("name",))
    assert "Nothing was undone" in act(librarian, "undo")
    assert Patron.objects.get(identifier="3B0007").name == "Pupil Seven"


def test_import_whose_patron_has_borrowed_since_is_not_undone(librarian: Grace, world: World) -> None:
    upload(librarian, "patrons", CLASS)
    act(librarian, "start")
    run()
    librarian.enter(world.dune.barcode, Patron.objects.get(identifier="3B0007"))
    assert "Nothing was undone" in act(librarian, "undo")
    assert Patron.objects.filter(identifier__startswith="3B").count() == 28


def test_new_pin_of_a_known_patron_cannot_be_undone(librarian: Grace, world: World) -> None:
    row = f"identifier,name,category,pin\n{world.ada.identifier},{world.ada.name},adult,4711\n"
    assert "cannot be undone, because cards or PINs" in upload(librarian, "patrons", row)
    act(librarian, "start")
    run()
    assert "cannot be undone, because cards or PINs" in shown(librarian)


def test_items_are_imported_with_their_title_and_undone(librarian: Grace) -> None:
    titles = Title.objects.count()
    upload(librarian, "items", ITEMS)
    assert Title.objects.count() == titles
    act(librarian, "start")
    run()
    assert Item.objects.filter(title__title="New book").count() == 2 and "90001" in shown(librarian)
    act(librarian, "undo")
    assert not Item.objects.filter(barcode="90001").exists() and Title.objects.count() == titles


def marc(number: int, title: str) -> bytes:
    record = Record(force_utf8=True)
    record.add_field(Field("001", data=f"supplier-{number}"))
    record.add_field(Field("245", Indicators("0", "0"), [Subfield("a", title)]))
    return bytes(record.as_marc())


def test_marc_file_of_a_supplier_is_checked_imported_and_undone(librarian: Grace) -> None:
    titles = Title.objects.count()
    page = upload(librarian, "titles", marc(1, "First") + b"no record\x1d" + marc(2, "Second"), "supplier.mrc")
    assert "New 2 Changed 0 Unchanged 0 Refused 1" in page and "no record starts here" in page
    assert Title.objects.count() == titles
    act(librarian, "start")
    run()
    assert Title.objects.count() == titles + 2 and "Second" in shown(librarian) and find("Second").titles
    refused = librarian.client.get(reverse("uploads:rejected", args=(latest().pk,)))
    assert (refused.content, refused["Content-Type"]) == (b"no record\x1d", "application/marc")
    page = upload(
        librarian,
        "titles",
        gzip.compress(marc(1, "First")) + gzip.compress(marc(2, "Second edition")),
        "supplier.mrc.gz",
    )
    assert "New 0 Changed 1 Unchanged 1 Refused 0" in page
    act(librarian, "start")
    run()
    assert Title.objects.get(control_number="supplier-2").title == "Second edition"
    assert "Import undone" in act(librarian, "undo")
    title = Title.objects.get(control_number="supplier-2")
    assert (title.title, bytes(title.record)) == ("Second", marc(2, "Second")) and not find("edition").titles


def test_title_that_got_an_item_since_keeps_the_import(librarian: Grace, world: World) -> None:
    upload(librarian, "titles", marc(1, "First") + marc(2, "Second"), "supplier.mrc")
    act(librarian, "start")
    run()
    title = Title.objects.get(control_number="supplier-2")
    Item.objects.create(barcode="90003", title=title, type=world.book, branch=world.main)
    assert "Nothing was undone" in act(librarian, "undo")
    assert Title.objects.filter(control_number__startswith="supplier").count() == 2


def test_change_of_a_title_without_marc_cannot_be_undone(librarian: Grace) -> None:
    Title.objects.create(control_number="supplier-1", title="Entered by hand")
    page = upload(librarian, "titles", marc(1, "First"), "supplier.mrc")
    assert "Changed 1" in page and "cannot be undone, because titles that were entered without MARC" in page


def test_gb18030_is_read_and_other_encodings_are_refused(librarian: Grace) -> None:
    sheet = "identifier,name,category\n77000001,王小明,adult\n"
    assert "王小明" in upload(librarian, "patrons", sheet.encode("gb18030"))
    assert "neither in UTF-8 nor in GB 18030" in upload(librarian, "patrons", sheet.encode("utf-16"))
    assert FileImport.objects.count() == 1


def test_unusable_files_are_refused_and_nothing_is_stored(librarian: Grace, tmp_path: Path) -> None:
    workbook = tmp_path / "bomb.xlsx"
    with ZipFile(workbook, "w", ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 50_000_000)
    cases = {
        b"": "empty",
        b"\xef\xbb\xbf\r\n": "The file is empty",
        b"identifier,name,category\n": "There is no row in the file",
        b"number,name\n1,x\n": "class 3b.csv: the header lacks identifier, category",
        b"identifier;name;category\n1;x;adult\n": "columns are separated by ';'",
        b'identifier,name,category\n1,"x,adult\n' + b"x" * 200_000: "not valid CSV",
        workbook.read_bytes(): "This is an Excel workbook",
        gzip.compress(b"identifier,name,category\n"): "This is a gzip file",
        CLASS.encode() + b"".join(b"4C%06d,P,adult\n" % number for number in range(2000)): "2,028 rows, at most 2,000",
        b"x" * 1_000_001: "larger than 1 MB",
    }
    for content, why in cases.items():
        assert why in upload(librarian, "patrons", content), content[:40]
    assert not FileImport.objects.exists() and list(files.root().glob("*")) == []


def test_gzip_bomb_is_not_unpacked(librarian: Grace) -> None:
    bomb = gzip.compress(b"0" * 5_000_001)
    assert "larger than 5 MB once it is unpacked" in upload(librarian, "titles", bomb, "titles.mrc.gz")
    assert "The gzip file is damaged" in upload(librarian, "titles", bomb[:1000], "titles.mrc.gz")


def test_file_that_is_no_marc_says_so(librarian: Grace) -> None:
    assert "check that the file is MARC 21, CNMARC or MARCXML" in upload(librarian, "titles", CLASS)


def test_other_import_in_progress_asks_to_wait(librarian: Grace, settings: object) -> None:
    upload(librarian, "patrons", CLASS)
    act(librarian, "start")
    with following(settings.STATE):  # type: ignore[attr-defined]
        assert "Another import is running" in upload(librarian, "items", ITEMS)
        run()
        assert latest().state == FileImport.State.QUEUED
    run()
    assert latest().state == FileImport.State.DONE


def test_import_interrupted_by_a_stop_of_the_hub_writes_nothing(
    librarian: Grace, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(librarian, "patrons", CLASS)
    act(librarian, "start")
    FileImport.objects.update(state=FileImport.State.RUNNING)
    run()
    assert latest().state == FileImport.State.FAILED and "nothing was imported" in shown(librarian)
    assert not Patron.objects.filter(identifier__startswith="3B").exists()


def test_import_that_fails_at_a_row_writes_nothing(librarian: Grace, monkeypatch: pytest.MonkeyPatch) -> None:
    upload(librarian, "items", ITEMS)
    act(librarian, "start")
    write = ItemSheet.write

    def fail(sheet: ItemSheet, row: CsvRow, *more: Any) -> Any:
        if row.number == 3:
            raise RuntimeError("planted")
        return write(sheet, row, *more)

    monkeypatch.setattr(ItemSheet, "write", fail)
    run()
    assert latest().state == FileImport.State.FAILED and "nothing was imported" in shown(librarian)
    assert not Item.objects.filter(barcode__startswith="9000").exists()
    assert not Title.objects.filter(title="New book").exists()
    upload(librarian, "patrons", CLASS)
    act(librarian, "start")
    run()
    assert latest().state == FileImport.State.DONE


def test_stopped_worker_is_named(librarian: Grace, world: World) -> None:
    upload(librarian, "patrons", CLASS)
    act(librarian, "start")
    assert librarian.client.get(reverse("uploads:file_import", args=(latest().pk,)))["Refresh"] == "5"
    world.advance(minutes=4)
    assert "kiosk-hub-work.timer" in shown(librarian)


def test_discarded_file_is_deleted_at_once(librarian: Grace) -> None:
    upload(librarian, "patrons", CLASS)
    assert "Nothing was imported" in act(librarian, "discard")
    assert not FileImport.objects.exists() and list(files.root().iterdir()) == []


def test_rows_of_patrons_are_shown_to_the_uploader_only(librarian: Grace) -> None:
    upload(librarian, "patrons", CLASS)
    mary = Grace(role="librarian", name="mary")
    assert "Pupil" in shown(librarian) and "Pupil" not in shown(mary)
    assert "Only who has uploaded the file can import it" in act(mary, "start")
    act(librarian, "start")
    run()
    assert "Pupil" in shown(librarian) and "Pupil" not in shown(mary)


def test_cards_of_a_class_are_printed_by_its_importer_and_logged(librarian: Grace) -> None:
    upload(librarian, "patrons", CLASS)
    cards = reverse("uploads:print_cards", args=(latest().pk,))
    assert librarian.client.post(cards, {"paper": "sheet"}).status_code == 404, "not imported yet"
    act(librarian, "start")
    run()
    assert "Print cards on A4 sheets" in shown(librarian)
    pupil = Patron.objects.get(identifier="3B0001")
    Card.objects.filter(patron=pupil).update(status=Card.Status.LOST)
    for paper, count in (("sheet", 3), ("card", 27)):
        printed = librarian.client.post(cards, {"paper": paper})
        assert printed.content.count(b"/Type /Page\n") == count, "27 cards; one was lost"
    logged = AccessLogEntry.objects.filter(act=Act.CARD, staff="grace")
    assert logged.count() == 2 * 27 and not logged.filter(ref=pupil.ref).exists()
    mary = Grace(role="librarian", name="mary")
    assert "Print cards" not in shown(mary) and mary.client.post(cards, {"paper": "sheet"}).status_code == 404


def test_full_disk_is_named_and_nothing_is_stored(librarian: Grace, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic_file, "write", fail)
    assert "The hub cannot store the file: No space left on device" in upload(librarian, "patrons", CLASS)
    assert not FileImport.objects.exists() and list(files.root().iterdir()) == []


def test_clerk_cannot_upload(world: World) -> None:
    clerk = Grace(role="clerk")
    for where in ("collection", "patrons"):
        assert clerk.client.get(reverse(f"uploads:{where}")).status_code == 403
    file = SimpleUploadedFile("x.csv", CLASS.encode())
    assert clerk.client.post(reverse("uploads:upload", args=("patrons",)), {"file": file}).status_code == 404
    assert not FileImport.objects.exists()


def test_nothing_is_uploaded_when_an_ils_keeps_the_collection(librarian: Grace, world: World) -> None:
    from hub.circulation.models import Library

    Library.objects.update(followed_since=hub_clock().now())
    assert "Nothing was changed here" in upload(librarian, "items", ITEMS)
    assert not FileImport.objects.exists()
    page = words(librarian.client.get(reverse("uploads:collection")).content)
    assert "kept in the ILS" in page and "Check file" not in page


def test_sample_has_the_columns_of_the_command(librarian: Grace) -> None:
    sheet = librarian.client.get(reverse("uploads:sample", args=("patrons",))).content.decode("utf-8-sig")
    assert sheet.strip() == "identifier,name,category,expires,status,language,card,pin,guardian"
    sheet = Grace("zh-hans").client.get(reverse("uploads:sample", args=("patrons",))).content.decode("utf-8-sig")
    assert sheet.strip() == "读者证号,姓名,读者类型,有效期至,状态,语言,卡号,密码,监护人证号"


def test_import_of_which_a_record_was_corrected_by_hand_since_is_not_undone(librarian: Grace, world: World) -> None:
    upload(librarian, "items", ITEMS)
    act(librarian, "start")
    run()
    item = Item.objects.get(barcode="90001")
    item.call_number = "I247.5/1"
    item.save(update_fields=("call_number",))
    assert "Nothing was undone" in act(librarian, "undo")
    assert Item.objects.get(barcode="90001").call_number == "I247.5/1"


def test_title_corrected_by_hand_after_its_import_keeps_the_correction(librarian: Grace) -> None:
    for title in ("A title", "The title"):
        upload(librarian, "titles", marc(1, title), "supplier.mrc")
        act(librarian, "start")
        run()
    found = Title.objects.get(control_number="supplier-1")
    found.call_number = "I247.5/1"
    found.save()
    assert "Nothing was undone" in act(librarian, "undo")
    found.refresh_from_db()
    assert (found.title, found.call_number) == ("The title", "I247.5/1")


@pytest.mark.parametrize("late", ["start", "discard"])
def test_button_pressed_after_the_import_has_run_changes_nothing(
    librarian: Grace, monkeypatch: pytest.MonkeyPatch, late: str
) -> None:
    upload(librarian, "patrons", CLASS)
    before = latest()
    act(librarian, "start")
    run()
    monkeypatch.setattr(pages, "_find", lambda *_args: before)
    (files.folder(before.pk) / files.SHEET).write_text(CLASS)
    response = librarian.client.post(reverse(f"uploads:{late}", args=(before.pk,)))
    assert response.status_code == 302 and latest().state == FileImport.State.DONE
    assert files.read_json(before.pk, files.UNDO) is not None


def test_file_that_is_uploaded_while_old_ones_are_deleted_stays(
    librarian: Grace, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete = files.delete_others

    def upload_meanwhile(*args: Any) -> None:
        upload(librarian, "patrons", CLASS)
        delete(*args)

    monkeypatch.setattr(files, "delete_others", upload_meanwhile)
    run()
    assert (files.folder(latest().pk) / files.SHEET).exists()


def test_failed_import_logs_no_cell(
    librarian: Grace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    message = "Key (identifier)=(3B0001) already exists."

    def fail(*_args: object, **_given: object) -> None:
        raise RuntimeError(message)

    upload(librarian, "patrons", CLASS)
    act(librarian, "start")
    monkeypatch.setattr(worker, "run_import", fail)
    run()
    assert latest().state == FileImport.State.FAILED
    assert "RuntimeError" in caplog.text and "3B0001" not in caplog.text
