"""Serve the pages on which staff upload a file, see what its import would do, start it and undo it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from hub.audit import access_log
from hub.audit.models import Act, Reason
from hub.catalogue.models import Branch, Item, ItemType, Title
from hub.circulation.cards import hash_number
from hub.circulation.domain_mapping import the_library
from hub.circulation.models import Card, Patron, PatronCategory
from hub.core import rights
from hub.core.clock import hub_clock
from hub.core.language import is_english
from hub.core.pages import formatting
from hub.core.pages.csv_download import download
from hub.core.pages.page import page, report_error, report_success, staff_action, staff_page
from hub.core.retrying_transaction import atomic
from hub.core.state_directory import Follows, following
from hub.csv_sheets.csv_reader import BadSheet, decode_sheet
from hub.ils.imports.pages import TranslatedError, field_of, translate
from hub.ils.imports.sources import SHEETS
from hub.ils.models import FileImport
from hub.staff.paper import cards, typesetting
from hub.staff.paper.barcodes import Symbology
from hub.staff.paper.cards import CardPaper
from hub.staff.unused import ChangedSince
from hub.staff.uploads import files
from hub.staff.uploads.dry_run import (
    MOST_BYTES,
    MOST_ROWS,
    SHOWN,
    ImportResult,
    NoRows,
    TooManyRows,
    run_import,
)
from hub.staff.uploads.undo import undo_import
from lending import atomic_file

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

KINDS: Mapping[str, tuple[str, ...]] = {
    "collection": (files.TITLES, files.ITEMS),
    "patrons": (files.PATRONS,),
}
"""What is imported on each page, by the page's URL name."""
MENU = {"collection": "items", "patrons": "import_patrons"}
RESULTS = ("added", "updated", "same", "bad")
LINKED = 100
"""Added records that the page of an import links to."""
MOST_CARDS = 300
"""Cards of one print."""
REFRESH_S = 5
"""Seconds after which the page of an unfinished import loads again, without a script."""
LATE_S = 180
"""Seconds after which an import that has not begun shows that the background worker does not run."""
NOUNS: Mapping[str, _StrPromise] = {
    files.TITLES: gettext_lazy("Titles"),
    files.ITEMS: gettext_lazy("Items"),
    files.PATRONS: gettext_lazy("Patrons"),
}


class RefusedFile(Exception):
    """An uploaded file cannot be used. `args[0]` names it and says why and what to do."""


@dataclass(frozen=True, slots=True)
class UploadForm:
    """The form for one kind of file."""

    kind: str
    heading: str
    about: str
    columns: Sequence[tuple[str, str]]
    """Column and what it contains; empty for MARC."""
    limits: str


@dataclass(frozen=True, slots=True)
class ResultRows:
    """The rows with one result, of which the first are shown."""

    name: str
    heading: str
    count: int
    rows: Sequence[tuple[int, str, Sequence[TranslatedError]]]
    more: int


def where_of(kind: str) -> str:
    """Return the URL name of the page on which this kind is imported."""
    return next(name for name, kinds in KINDS.items() if kind in kinds)


@staff_page
def overview(request: HttpRequest, where: str) -> HttpResponse:
    """Show the forms for files, and the last imports."""
    found = FileImport.objects.filter(kind__in=KINDS[where]).select_related("user")[:SHOWN]
    return page(request, MENU[where], "uploads/overview.html", {
        "where": where,
        "forms": [_form(each) for each in KINDS[where]],
        "imports": [(each, NOUNS[each.kind], *_state(each)) for each in found],
    })  # fmt: skip


def _form(kind: str) -> UploadForm:
    size = _("{number} MB").format(number=MOST_BYTES[kind] // 1_000_000)
    if kind == files.TITLES:
        return UploadForm(
            kind,
            _("Titles from a MARC file"),
            _("MARC 21, CNMARC or MARCXML, also gzipped, as suppliers send it."),
            (),
            _("At most {size}.").format(size=size),
        )
    about = (
        _("A CSV file with one line for each patron. In Excel, choose Save as, CSV UTF-8.")
        if kind == files.PATRONS
        else _("A CSV file with one line for each item. Titles that do not exist yet are added.")
    )
    limits = _("At most {rows} rows and {size}, in UTF-8 or GB 18030.").format(rows=f"{MOST_ROWS[kind]:,}", size=size)
    return UploadForm(kind, _heading(kind), about, _columns(kind), limits)


def _heading(kind: str) -> str:
    return _("Patrons from a CSV file") if kind == files.PATRONS else _("Items from a CSV file")


def _columns(kind: str) -> list[tuple[str, str]]:
    """Return the columns of a sheet, by their headings in the page's language, and what each contains."""
    about = _patron_columns() if kind == files.PATRONS else _item_columns()
    headings = _headings(kind)
    return [(headings[name], words) for name, words in about]


def _headings(kind: str) -> dict[str, str]:
    """Return the heading of each column of a sheet in the page's language."""
    columns = SHEETS[kind].columns
    return {each.name: each.name if is_english() else each.chinese or each.name for each in columns}


def _patron_columns() -> list[tuple[str, str]]:
    return [
        ("identifier", _("number on the card, needed")),
        ("name", _("needed")),
        ("category", _("needed: {codes}").format(codes=_codes(PatronCategory))),
        ("expires", _("last day of the membership, such as 2027-08-31")),
        ("card", _("number of the chip, if the card has one")),
        ("pin", _("4 to 12 digits")),
        ("status", _("active, blocked or provisional")),
        ("language", _("zh-hans, en or mn")),
        ("guardian", _("of a new child: number or card of a parent or guardian, a patron already")),
    ]


def _item_columns() -> list[tuple[str, str]]:
    return [
        ("barcode", _("needed")),
        ("type", _("needed: {codes}").format(codes=_codes(ItemType))),
        ("branch", _("needed: {codes}").format(codes=_codes(Branch))),
        ("isbn", _("names the title, as do control number and title; one of them is needed")),
        ("control_number", _("control number of the MARC record")),
        ("title", _("of a title that may be new")),
        ("author", _("of a new title")),
        ("title_year", _("year of publication of a new title")),
        ("call_number", _("if it differs from the title's")),
        ("condition", _("normal, lost or withdrawn")),
    ]


def _codes(model: type[PatronCategory | ItemType | Branch]) -> str:
    rows = model._default_manager.all()
    return _(", ").join(str(each) for each in rows)


@staff_page
def sample(request: HttpRequest, kind: str) -> HttpResponse:
    """Return an empty sheet with the columns of a kind."""
    if kind not in MOST_ROWS:
        raise Http404
    _check_right(request, kind)
    return download(kind, list(_headings(kind).values()), ())


@staff_action
def upload(request: HttpRequest, kind: str) -> HttpResponse:
    """Store a file, run its import as a dry run and show the result."""
    if kind not in NOUNS:
        raise Http404
    _check_right(request, kind)
    home = reverse(f"uploads:{where_of(kind)}")
    file = request.FILES.get("file")
    if file is None:
        return report_error(request, _("Choose a file first."), home)
    try:
        found = _check(request, kind, file)
    except RefusedFile as why:
        return report_error(request, str(why), home)
    return redirect("uploads:file_import", found.pk)


def _name(file: UploadedFile) -> str:
    """Return the name of the file as the browser sends it."""
    name = Path(file.name or "").name
    return "".join(each for each in name if each.isprintable())[-120:] or _("file")


def _refusal(file: UploadedFile, why: str) -> RefusedFile:
    return RefusedFile(_("{file}: {why}").format(file=_name(file), why=why))


def _check(request: HttpRequest, kind: str, file: UploadedFile) -> FileImport:
    """Store the file with the result of its dry run. Raises RefusedFile; then nothing is stored."""
    content = _content(kind, file)
    try:
        return _store(request, kind, file, content)
    except OSError as error:
        words = _("The hub cannot store the file: {reason}. Tell who looks after the hub. Nothing was imported.")
        raise _refusal(file, words.format(reason=error.strerror or error)) from None


def _store(request: HttpRequest, kind: str, file: UploadedFile, content: bytes) -> FileImport:
    """Store the file with the result of its dry run. Raises RefusedFile and OSError; then nothing is stored."""
    with files.new_folder() as fresh:
        path = fresh / files.file_name(kind)
        atomic_file.write(path, content)
        result = _dry_run(kind, path, file)
        files.write_json(fresh, files.PLAN, {"shown": result.shown, "obstacle": result.obstacle})
        found = FileImport.objects.create(
            kind=kind,
            name=_name(file),
            digest=files.digest(content),
            user=request.user,
            uploaded_at=hub_clock().now(),
            **{name: result.counts[name] for name in RESULTS},
        )
        files.keep(fresh, found.pk)
    return found


def _content(kind: str, file: UploadedFile) -> bytes:
    """Return the file, unpacked. Raises RefusedFile."""
    most = MOST_BYTES[kind]
    if file.size > most:
        raise _refusal(
            file,
            _(
                "The file is larger than {size} MB. Split it, or have it imported on the hub "
                "with kiosk-hub import-{kind}."
            ).format(size=most // 1_000_000, kind="marc" if kind == files.TITLES else kind),
        )
    content: bytes = file.read()
    if not content.strip(b"\xef\xbb\xbf \r\n\t"):
        raise _refusal(file, _("The file is empty. Check that it was saved."))
    if content.startswith((files.ZIP, files.OLE)):
        raise _refusal(
            file,
            _(
                "This is an Excel workbook or a zip archive. In Excel, choose Save as, CSV UTF-8. "
                "Unpack an archive first."
            ),
        )
    if content.startswith(files.GZIP):
        if kind != files.TITLES:
            raise _refusal(file, _("This is a gzip file. Unpack it first."))
        try:
            return files.unpack(content, most)
        except files.DamagedGzip:
            raise _refusal(file, _("The gzip file is damaged. Fetch it again.")) from None
        except files.UnpacksToTooMuch:
            raise _refusal(
                file,
                _("The file is larger than {size} MB once it is unpacked. Split it.").format(size=most // 1_000_000),
            ) from None
    if kind != files.TITLES and decode_sheet(content) is None:
        raise _refusal(
            file,
            _(
                "The file is neither in UTF-8 nor in GB 18030, or it is no text. "
                "Save it as CSV UTF-8 and upload it again."
            ),
        )
    return content


def _dry_run(kind: str, path: Path, file: UploadedFile) -> ImportResult:
    """Run the import without writing. Raises RefusedFile."""
    try:
        with following(settings.STATE):
            result = run_import(kind, path, really=False)
    except Follows:
        raise _refusal(file, _("Another import is running. Upload the file again in a minute.")) from None
    except BadSheet as error:
        raise RefusedFile(translate(str(error).replace(str(path), _name(file))).text) from None
    except NoRows:
        raise _refusal(file, _("There is no row in the file. Check that it is complete.")) from None
    except TooManyRows as error:
        words = _("The file has {count} rows, at most {most} are allowed. Split it, or have it imported on the hub.")
        count, most = f"{error.args[0]:,}", f"{MOST_ROWS[kind]:,}"
        raise _refusal(file, words.format(count=count, most=most)) from None
    if kind == files.TITLES and set(result.counts) == {"bad"}:
        raise _refusal(file, translate(result.shown["bad"][0]["note"]).text)
    return result


def _find(request: HttpRequest, pk: int) -> FileImport:
    """Return the import, if the user may import such files. Raises Http404."""
    found = get_object_or_404(FileImport.objects.select_related("user"), pk=pk)
    _check_right(request, found.kind)
    return found


def _check_right(request: HttpRequest, kind: str) -> None:
    if not rights.may_open(request.user, f"uploads:{where_of(kind)}"):
        raise Http404


@staff_page
def file_import(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an import: what it would do, how far it is, or what it has done."""
    found = _find(request, pk)
    plan = files.read_json(pk, files.PLAN) or {"shown": {}, "obstacle": ""}
    means = files.read_json(pk, files.UNDO)
    tone, words = _state(found)
    is_open = found.state in (FileImport.State.QUEUED, FileImport.State.RUNNING)
    waited = (hub_clock().now() - found.queued_at).total_seconds() if found.queued_at else 0
    shows_rows = _shows_rows(request, found)
    response = page(request, MENU[where_of(found.kind)], "uploads/file_import.html", {
        "found": found,
        "where": where_of(found.kind),
        "noun": NOUNS[found.kind],
        "tone": tone,
        "state": words,
        "facts": [(label, getattr(found, name)) for name, label in _labels().items()],
        "results": _results(found, plan["shown"]) if shows_rows else [],
        "is_open": is_open,
        "is_late": found.state == FileImport.State.QUEUED and waited > LATE_S,
        "done": files.progress_of(pk) if found.state == FileImport.State.RUNNING else 0,
        "obstacle": _obstacle(plan["obstacle"] if means is None else means["obstacle"]),
        "can_undo": means is not None and not means["obstacle"] and found.state == FileImport.State.DONE,
        "until": formatting.date_and_time(found.uploaded_at + files.KEPT),
        "links": _links(found, means) if means and shows_rows and found.state == FileImport.State.DONE else [],
        "linked": LINKED,
        "earlier": _earlier(found),
        "has_cards": _has_cards(request, found, means),
        "most_cards": MOST_CARDS,
        "has_rejected": shows_rows and files.rejected_file(pk, found.kind) is not None,
    })  # fmt: skip
    if is_open:
        response["Refresh"] = str(REFRESH_S)
    return response


def _shows_rows(request: HttpRequest, found: FileImport) -> bool:
    """Return whether the user sees the rows: those of patrons are for the member of staff who has the sheet anyway."""
    return found.kind != files.PATRONS or bool(found.user == request.user)


def _labels() -> dict[str, str]:
    return {"added": pgettext("imported", "New"), "updated": _("Changed"), "same": _("Unchanged"), "bad": _("Refused")}


def _results(found: FileImport, shown: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[ResultRows]:
    order = ("bad", "added", "updated", "same")
    rows = {name: [_row(found.kind, name, each) for each in shown.get(name, ())] for name in order}
    return [
        ResultRows(name, _labels()[name], getattr(found, name), rows[name], getattr(found, name) - len(rows[name]))
        for name in order
        if rows[name]
    ]


def _row(kind: str, result: str, row: Mapping[str, Any]) -> tuple[int, str, Sequence[TranslatedError]]:
    notes = [each for each in row["note"].split(" | ") if each]
    if result == "bad":
        return row["line"], row["words"], [_fault(kind, each) for each in notes]
    if result == "updated":
        fields = [field_of(each.removesuffix("_id")) for each in notes]
        return row["line"], row["words"], [TranslatedError(each, english=False) for each in fields]
    return row["line"], row["words"], []


def _fault(kind: str, fault: str) -> TranslatedError:
    """Return what is wrong with a row, which begins with the heading of its column."""
    translated = translate(fault)
    column, space, rest = translated.text.partition(" ")
    heading = _headings(kind).get(column, column) if kind in MOST_ROWS else column
    return replace(translated, text=f"{heading}{space}{rest}")


def _obstacle(name: str) -> str:
    """Return why an import cannot be undone as a whole; empty if it can."""
    return {
        "": "",
        "pin": _("It cannot be undone, because cards or PINs of known patrons change."),
        "no_record": _("It cannot be undone, because titles that were entered without MARC change."),
    }[name]


def _state(found: FileImport) -> tuple[str, str]:
    return {
        FileImport.State.CHECKED: ("look", _("Checked, not imported yet")),
        FileImport.State.QUEUED: ("waits", _("Starts within a minute")),
        FileImport.State.RUNNING: ("clock", _("Import is running")),
        FileImport.State.DONE: ("done", _("Imported")),
        FileImport.State.FAILED: ("stop", _("Failed")),
        FileImport.State.UNDONE: ("look", _("Import undone")),
    }[FileImport.State(found.state)]


def _earlier(found: FileImport) -> FileImport | None:
    """Return an earlier import of the same file."""
    same = FileImport.objects.filter(kind=found.kind, digest=found.digest, state=FileImport.State.DONE)
    return same.exclude(pk=found.pk).filter(uploaded_at__lte=found.uploaded_at).first()


def _links(found: FileImport, means: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return text and URL of the first added records."""
    keys = means["added"][:LINKED]
    match found.kind:
        case files.TITLES:
            titles = Title.objects.filter(pk__in=keys).defer("record").order_by("pk")
            return [(each.title, reverse("search:title", args=(each.pk,))) for each in titles]
        case files.ITEMS:
            items = Item.objects.filter(pk__in=keys).select_related("title").defer("title__record").order_by("pk")
            return [(str(each), reverse("staff:item", args=(each.pk,))) for each in items]
        case _:
            patrons = Patron.objects.filter(pk__in=keys).order_by("pk")
            return [(each.name, reverse("staff:patron", args=(each.pk,))) for each in patrons]


@staff_action
def print_cards(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the cards of the patrons that an import added, each logged as a look at its patron."""
    found, means = _find(request, pk), files.read_json(pk, files.UNDO)
    home, paper = reverse("uploads:file_import", args=(pk,)), request.POST.get("paper", "")
    if paper not in set(CardPaper) or not _has_cards(request, found, means):
        raise Http404
    library = the_library()
    symbology = Symbology(library.symbology)
    added = Patron.objects.filter(pk__in=(means or {})["added"]).order_by("pk")
    active = set(Card.objects.filter(patron__in=added, status=Card.Status.ACTIVE).values_list("hash", flat=True))
    usable = (each for each in added if hash_number(each.identifier) in active)
    faces = ((each, cards.face_of(each, each.identifier, library)) for each in usable)
    printed = list(islice((pair for pair in faces if cards.is_printable(pair[1], symbology)), MOST_CARDS))
    if not printed:
        return report_error(request, _("No new patron has a card with a number that can be printed."), home)
    for patron, _face in printed:
        access_log.write(request.user.get_username(), patron.ref, Act.CARD, Reason.REGISTERED)
    pdf = cards.cards_pdf([face for _patron, face in printed], CardPaper(paper), symbology)
    return typesetting.pdf_response(pdf, "library-cards")


def _has_cards(request: HttpRequest, found: FileImport, means: Mapping[str, Any] | None) -> bool:
    """Return whether the user can print cards: for new patrons, by the member of staff who imported them."""
    is_done = found.kind == files.PATRONS and found.state == FileImport.State.DONE
    return is_done and _shows_rows(request, found) and means is not None and bool(means["added"])


@staff_action
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand a checked file to the background worker."""
    found = _find(request, pk)
    home = reverse("uploads:file_import", args=(pk,))
    if found.state != FileImport.State.CHECKED or found.added + found.updated == 0:
        return report_error(request, _("There is nothing to import. Nothing was changed."), home)
    if not (files.folder(pk) / files.file_name(found.kind)).exists():
        return report_error(request, _("The file was deleted after a day. Upload it again."), home)
    if not _shows_rows(request, found):
        return report_error(request, _("Only who has uploaded the file can import it. Upload it yourself."), home)
    if not _queue(pk):
        return report_error(request, _("The import has begun already."), home)
    return redirect(home)


@atomic
def _queue(pk: int) -> bool:
    """Queue the import; return False if it is no longer merely checked."""
    checked = _lock_checked(pk)
    if checked is None:
        return False
    checked.state, checked.queued_at = FileImport.State.QUEUED, hub_clock().now()
    checked.save()
    return True


def _lock_checked(pk: int) -> FileImport | None:
    """Return the import locked, unless it was started or discarded."""
    return FileImport.objects.select_for_update().filter(pk=pk, state=FileImport.State.CHECKED).first()


@staff_action
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a checked file without importing it."""
    found = _find(request, pk)
    home = reverse(f"uploads:{where_of(found.kind)}")
    if not _forget(pk):
        return report_error(request, _("The import has begun already."), reverse("uploads:file_import", args=(pk,)))
    files.delete(pk)
    return report_success(request, _("File deleted. Nothing was imported."), home)


@atomic
def _forget(pk: int) -> bool:
    """Delete the record of a checked file; return False if its import has begun."""
    checked = _lock_checked(pk)
    if checked is None:
        return False
    checked.delete()
    return True


@staff_action
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete what the import added and restore what it changed, or do none of it."""
    found, home = _find(request, pk), reverse("uploads:file_import", args=(pk,))
    try:
        with following(settings.STATE):
            undo_import(found)
    except Follows:
        return report_error(request, _("Another import is running. Try again in a minute."), home)
    except ChangedSince:
        words = _("Some records were changed or used since. Nothing was undone. Correct single records by hand.")
        return report_error(request, words, home)
    files.delete(pk)
    return report_success(request, _("Import undone"), home)


@staff_page
def download_rejected(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the refused rows of an import with their faults, or the refused records as they were."""
    found = _find(request, pk)
    path = files.rejected_file(pk, found.kind)
    if path is None or not _shows_rows(request, found):
        raise Http404
    kind = "text/csv; charset=utf-8" if path.suffix == ".csv" else "application/marc"
    response = HttpResponse(path.read_bytes(), content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{found.kind}-rejected{path.suffix}"'
    return response
