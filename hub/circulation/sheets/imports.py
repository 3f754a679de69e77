"""Import patrons, open loans, open holds and unpaid fees from CSV sheets, without checking the loan rules.

Card numbers and PINs are stored as hashes only. The feed marks what was imported, so that no notices are sent about it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db.models import Count, Sum

from hub.catalogue.display import isbn13
from hub.catalogue.items_csv import TitleLookup
from hub.catalogue.models import Branch, Item
from hub.circulation import pins
from hub.circulation.cards import enrol, hash_number
from hub.circulation.domain_mapping import the_library
from hub.circulation.models import Card, Fee, Hold, Loan, Patron, PatronCategory, PendingReturn
from hub.circulation.operations import hold_queue
from hub.circulation.operations.context import Actor, append_event, tell
from hub.core.clock import hub_clock
from hub.csv_sheets.csv_reader import BadRow, CsvRow, SheetColumn, Wrong, chunks
from hub.csv_sheets.sheet_import import Became, CsvSheet, RecordSheet, beginning, day, one_of, text, update_changed

IMPORT = "import"
"""Name of the actor, in the event feed, of changes made by an import."""
RECORD = "title__record"
"""The MARC record, which is large and not needed here."""
NUMBER = re.compile(r"[0-9A-Za-z]{4,32}")
FLAGS = ("unverified", "uncertain")
END_OF_DAY = time(23, 59)
MOST_RENEWALS = 999
MONEY = re.compile(r"[0-9]{1,7}(\.[0-9]{1,2})?")
HoldKey = tuple[int, int, int | None]
"""Primary keys of patron, title, and the only copy that can fill the hold, or None."""
FeeKey = tuple[object, ...]
PATRON = SheetColumn("patron_identifier", needed=True, private=True)


def zone() -> ZoneInfo:
    """Return the library's time zone, for times without an offset."""
    return ZoneInfo(the_library().timezone)


def import_actor(branch: Branch) -> Actor:
    return Actor(branch=branch, now=hub_clock().now(), staff=IMPORT)


def read_patrons(identifiers: Iterable[str]) -> dict[str, Patron]:
    found = {}
    for some in chunks(sorted(set(identifiers))):
        for each in Patron.objects.filter(identifier__in=some).select_related("category"):
            found[each.identifier] = each
    return found


def read_items(barcodes: Iterable[str]) -> dict[str, Item]:
    found = {}
    for some in chunks(sorted(set(barcodes))):
        for each in Item.objects.filter(barcode__in=some).select_related("title", "type", "branch").defer(RECORD):
            found[each.barcode] = each
    return found


def find_patron(row: CsvRow, among: Mapping[str, Patron]) -> Patron | None:
    """Return the patron that the row names, by identifier among those that were read in advance, or None."""
    identifier = row.required_text("patron_identifier", 32)
    found = among.get(identifier)
    if identifier and found is None:
        row.wrong(
            f"{row.describe_cell('patron_identifier')} matches no patron; import the patrons first", Wrong.NOBODYS
        )
    return found


def find_item(row: CsvRow, among: Mapping[str, Item], column: str = "item_barcode") -> Item | None:
    """Return the item that the row names, by barcode among those that were read in advance, or None."""
    barcode = row.required_text(column, 32)
    found = among.get(barcode)
    if barcode and found is None:
        row.wrong(f"{row.describe_cell(column)} matches no item; import the items first", Wrong.NOBODYS)
    return found


def count_patrons() -> list[str]:
    """Count patrons by category."""
    rows = Patron.objects.order_by().values_list("category__code").annotate(count=Count("pk"))
    blocked, provisional = (
        Patron.objects.filter(status=status).count() for status in (Patron.Status.BLOCKED, Patron.Status.PROVISIONAL)
    )
    counted = [f"patrons in group {group}: {count}" for group, count in sorted(rows)]
    total = sum(count for _group, count in rows)
    return [*counted, f"patrons: {total}, of them blocked: {blocked}, provisional: {provisional}"]


def count_loans() -> list[str]:
    """Count open and overdue loans."""
    out = Loan.objects.filter(state=Loan.State.ON_LOAN)
    late = out.filter(Loan.late(hub_clock().now())).count()
    handed_in = Loan.objects.filter(state=Loan.State.HANDED_IN).count()
    return [f"loans open: {out.count()}, of them overdue: {late}", f"loans handed in, not seen: {handed_in}"]


def count_holds() -> list[str]:
    """Count open holds by pickup branch and state."""
    rows = Hold.objects.filter(state__in=Hold.OPEN).order_by()
    found = rows.values_list("pickup__code", "state").annotate(count=Count("pk"))
    return [f"holds {state} for {pickup}: {count}" for pickup, state, count in sorted(found)] or ["holds: 0"]


def sum_fees() -> list[str]:
    """Sum the fees that are owed and those ever charged, in the library's currency."""
    open_ones = Fee.objects.filter(Fee.UNSETTLED)
    owed = open_ones.aggregate(sum=Sum(Fee.OWED))["sum"] or Decimal(0)
    charged = Fee.objects.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    currency = the_library().currency
    return [
        f"fees open: {open_ones.count()}, {currency} {owed:.2f}",
        f"fees charged: {Fee.objects.count()}, {currency} {charged:.2f}",
    ]


class PatronSheet(RecordSheet[Patron]):
    """Patrons by identifier. A row with a PIN always counts as different, because comparing it is slow."""

    statuses: Mapping[str, str] = {each: each for each in Patron.Status.values}

    def _identifier(self, row: CsvRow, name: str) -> str:
        identifier = row.required_text(name, 32)
        self._fresh = self._new_numbers(row)
        return identifier

    def _pin(self, row: CsvRow, name: str) -> None:
        if row[name] and not re.fullmatch(r"\d{4,12}", row[name]):
            row.wrong("pin is not a PIN; use 4 to 12 digits")

    columns: ClassVar[Sequence[SheetColumn]] = (
        SheetColumn("identifier", needed=True, private=True, sets="identifier", read=_identifier, chinese="读者证号"),
        SheetColumn("name", needed=True, private=True, sets="name", read=text(200), chinese="姓名"),
        SheetColumn("category", needed=True, sets="category", read=one_of("categories"), chinese="读者类型"),
        SheetColumn("expires", private=True, sets="expires", read=day, chinese="有效期至"),
        SheetColumn("status", sets="status", read=one_of("statuses"), optional=True, chinese="状态"),
        SheetColumn("language", private=True, sets="language", read=beginning(10), chinese="语言"),
        SheetColumn("card", private=True, chinese="卡号"),
        SheetColumn("pin", private=True, read=_pin, chinese="密码"),
    )

    def prepare(self, sheet: Sequence[CsvRow]) -> None:
        self.categories = {each.code: each for each in PatronCategory.objects.all()}
        self._patrons = read_patrons(row["identifier"] for row in sheet)
        self._lines = dict[str, int]()
        """Line of each number."""
        self._owners = dict[str, Patron]()
        """Patron of each hash of a card."""
        for some in chunks(sorted({hash_number(number) for row in sheet for number in self.keys(row)})):
            cards = Card.objects.filter(hash__in=some).select_related("patron")
            self._owners.update({each.hash: each.patron for each in cards})

    def keys(self, row: CsvRow) -> set[str]:
        return {row["identifier"], row["card"].upper()} - {""}

    def find(self, row: CsvRow) -> Patron | None:
        return self._patrons.get(row["identifier"])

    def status(self, row: CsvRow) -> str:
        return row["status"]

    def is_same(self, row: CsvRow, found: Patron, values: Mapping[str, Any]) -> bool:
        return super().is_same(row, found, values) and not self._fresh and not row["pin"]

    def write(self, row: CsvRow, found: Patron | None, values: dict[str, Any]) -> tuple[Patron, Became]:
        became: Became = update_changed(found, **values) if found else "added"
        patron = found or Patron.objects.create(**values)
        self._patrons[patron.identifier] = patron
        for number in self._fresh:
            self._owners[enrol(patron, number).hash] = patron
        new_pin = bool(row["pin"]) and not pins.is_pin(patron, row["pin"])
        if new_pin and self.really:
            pins.set_pin(patron, row["pin"])
        return patron, "updated" if became == "same" and (self._fresh or new_pin) else became

    def totals(self) -> list[str]:
        return count_patrons()

    def _new_numbers(self, row: CsvRow) -> list[str]:
        """Return the row's new card numbers: a UID, and the identifier, which is printed on the card."""
        fresh = []
        for column, number in (("identifier", row["identifier"]), ("card", row["card"].upper())):
            if not number:
                continue
            if not NUMBER.fullmatch(number):
                row.wrong(f"{column} is not a card number; use 4 to 32 digits and letters")
                continue
            if column == "card" and number == row["identifier"]:
                row.wrong(
                    "card repeats the identifier, which already counts as a card; leave card empty", Wrong.REPEATED
                )
                continue
            if number in self._lines:
                line = self._lines[number]
                row.wrong(f"{column} is already in line {line}; remove one of the two", Wrong.TWICE)
            self._lines[number] = row.number
            owner = self._owners.get(hash_number(number))
            if owner is None:
                fresh.append(number)
            elif owner.identifier != row["identifier"]:
                last4 = owner.identifier[-4:]
                row.wrong(
                    f"{column} belongs to the patron whose identifier ends in {last4}; one is wrong",
                    Wrong.ANOTHERS,
                    f"…{last4}",
                )
        return fresh


class LoanSheet(CsvSheet):
    """Open loans; one that is already here is left as the hub has it."""

    columns = (
        PATRON,
        *(SheetColumn(each, needed=True) for each in ("item_barcode", "checked_out_at", "due")),
        *map(SheetColumn, ("state", "branch", "renewals", "handed_in_at", "asked_back_at", "closed_at", "transaction")),
        *map(SheetColumn, FLAGS),
    )

    def prepare(self, sheet: Sequence[CsvRow]) -> None:
        self._branches = {each.code: each for each in Branch.objects.all()}
        self._zone, self._lines = zone(), dict[str, int]()
        self._patrons = read_patrons(row["patron_identifier"] for row in sheet)
        self._items = read_items(row["item_barcode"] for row in sheet)

    def totals(self) -> list[str]:
        return count_loans()

    def take(self, row: CsvRow) -> Became:
        state = row.one_of("state", map(str, Loan.State.values)) if row["state"] else str(Loan.State.ON_LOAN)
        if not row.faults and state not in map(str, Loan.OPEN):
            return "over"
        patron, item = find_patron(row, self._patrons), find_item(row, self._items)
        out, due = _times(row, self._zone)
        handed_in, asked_back = row.moment("handed_in_at", self._zone), row.moment("asked_back_at", self._zone)
        renewals, flags = row.count("renewals", MOST_RENEWALS), {name: _flag(row, name) for name in FLAGS}
        if row["branch"]:
            row.one_of("branch", self._branches)
        is_back = state == str(Loan.State.HANDED_IN)
        if is_back and handed_in is None:
            row.wrong("handed_in_at is empty; enter the time of return")
        if item is not None:
            _check_copy_is_free(row, item, patron, out, self._lines)
        row.raise_faults()
        assert patron is not None and item is not None and out is not None and due is not None
        known = Loan.objects.filter(patron=patron, item=item, checked_out_at=out).first()
        if known is not None:
            return _correct_due_date(known, due, renewals)
        loan = Loan.objects.create(
            patron=patron,
            item=item,
            state=state,
            branch=self._branches[row["branch"]] if row["branch"] else item.branch,
            checked_out_at=out,
            due=due,
            renewals=renewals,
            asked_back_at=asked_back,
            **flags,
        )
        if is_back:
            PendingReturn.objects.create(loan=loan, at=handed_in)
        _tell_taken_over(loan, handed_in if is_back else None)
        return "added"


def _times(row: CsvRow, where: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    row.required_text("checked_out_at", 40)
    row.required_text("due", 40)
    out, due = row.moment("checked_out_at", where), row.moment("due", where, END_OF_DAY, past=False)
    if out is not None and due is not None and due < out:
        row.wrong(f"{row.describe_cell('due')} is before {row.describe_cell('checked_out_at')}; one of them is wrong")
    return out, due


def _flag(row: CsvRow, column: str) -> bool:
    if row[column] not in ("", "True", "False", "1", "0"):
        row.wrong(f"{row.describe_cell(column)} is neither True nor False")
    return row[column] in ("True", "1")


def _check_copy_is_free(
    row: CsvRow, item: Item, patron: Patron | None, out: datetime | None, seen: dict[str, int]
) -> None:
    """Report why the copy cannot be on this loan: it can be on one loan at a time."""
    if item.barcode in seen:
        row.wrong(f"{row.describe_cell('item_barcode')} is already in line {seen[item.barcode]}; remove one of the two")
    seen[item.barcode] = row.number
    if item.condition == Item.Condition.WITHDRAWN:
        row.wrong(f"{row.describe_cell('item_barcode')} is withdrawn; restore it to the collection first")
    now = Loan.objects.filter(item=item, state__in=Loan.OPEN).first()
    if now is not None and (patron is None or now.patron_id != patron.pk or now.checked_out_at != out):
        row.wrong(f"{row.describe_cell('item_barcode')} is on another loan in the hub; check it in first")
    if Hold.objects.filter(item=item, state=Hold.State.READY).exists():
        row.wrong(f"{row.describe_cell('item_barcode')} is on the hold shelf in the hub; cancel that hold first")


def _correct_due_date(loan: Loan, due: datetime, renewals: int) -> Became:
    """Apply a date that was corrected in the sheet, unless the hub has changed the loan since."""
    if loan.state != Loan.State.ON_LOAN or (loan.due, loan.renewals) == (due, renewals) or loan.renewed.exists():
        return "same"
    loan.due, loan.renewals = due, renewals
    loan.save(update_fields=("due", "renewals"))
    _tell_taken_over(loan, None)
    return "updated"


def _tell_taken_over(loan: Loan, handed_in: datetime | None) -> None:
    by = replace(import_actor(loan.branch), believed=not loan.uncertain)
    tell("loan_taken_over", by, loan, handed_in=handed_in.isoformat() if handed_in else None)


class HoldSheet(RecordSheet[Hold]):
    """Open holds by patron, title and, if only one copy can fill it, that copy.

    Of two holds placed at the same time, the upper row comes first.
    """

    columns = (
        PATRON,
        SheetColumn("pickup", needed=True),
        SheetColumn("placed_at", needed=True),
        *map(SheetColumn, ("control_number", "isbn", "title", "author", "item_barcode", "copy_barcode")),
        *map(SheetColumn, ("state", "shelf", "until", "closed_at")),
    )

    def prepare(self, sheet: Sequence[CsvRow]) -> None:
        self._branches = {each.code: each for each in Branch.objects.all()}
        self._zone = zone()
        self._patrons = read_patrons(row["patron_identifier"] for row in sheet)
        self._items = read_items(row[column] for row in sheet for column in ("item_barcode", "copy_barcode"))
        self._titles = TitleLookup([row for row in sheet if not (row["item_barcode"] or row["copy_barcode"])])
        self._open = dict[HoldKey, Hold]()
        self._limited = dict[tuple[int, int], Hold]()
        for some in chunks(sorted(each.pk for each in self._patrons.values())):
            for each in Hold.objects.filter(patron__in=some, state__in=Hold.OPEN):
                self._open[each.patron_id, each.title_id, each.copy_id] = each
                if each.copy_id is not None:
                    self._limited.setdefault((each.patron_id, each.title_id), each)

    def keys(self, row: CsvRow) -> list[HoldKey]:
        patron, (_column, titles) = self._patrons.get(row["patron_identifier"]), self._titles_of(row)
        copy = self._items.get(row["copy_barcode"])
        return [(patron.pk, titles[0], copy and copy.pk)] if patron is not None and len(titles) == 1 else []

    def find(self, row: CsvRow) -> Hold | None:
        """Return the open hold of the row. Staff may have limited it to one copy since the sheet was written."""
        for patron, title, copy in self.keys(row):
            found = self._open.get((patron, title, copy))
            return found or (self._limited.get((patron, title)) if copy is None else None)
        return None

    def status(self, row: CsvRow) -> str:
        return row["state"] or str(Hold.State.WAITING)

    def check(self, row: CsvRow, found: Hold | None) -> dict[str, Any]:
        patron, title, pickup = (
            find_patron(row, self._patrons), self._title(row), row.one_of("pickup", self._branches),
        )  # fmt: skip
        row.required_text("placed_at", 40)
        placed, until = row.moment("placed_at", self._zone), row.day("until")
        item = self._copy(row, until, found) if self.status(row) == str(Hold.State.READY) else None
        return {
            "patron": patron,
            "title_id": title,
            "copy": self._only_copy(row),
            "pickup": self._branches.get(pickup),
            "state": self.status(row),
            "placed_at": placed,
            "item": item,
            "until": until if item else None,
        }

    def is_same(self, row: CsvRow, found: Hold, values: Mapping[str, Any]) -> bool:
        """Compare a ready hold by its copy, a waiting one by its time and pickup branch."""
        names = ("state", "item") if found.state == Hold.State.READY else ("state", "placed_at", "pickup")
        return all(getattr(found, name) == values[name] for name in names)

    def write(self, row: CsvRow, found: Hold | None, values: dict[str, Any]) -> tuple[Hold, Became]:
        patron, title, placed = values["patron"], values["title_id"], values["placed_at"]
        copy = values["copy"]
        known = found or Hold.objects.filter(patron=patron, title=title, copy=copy, placed_at=placed).first()
        if known is not None:  # without an open hold: one that the hub has closed since the first import
            waits = known.state == Hold.State.WAITING and values["state"] == known.state
            return known, update_changed(known, placed_at=placed, pickup=values["pickup"]) if waits else "same"
        shelf = (row["shelf"][:40] or patron.identifier[-4:]) if values["item"] else ""
        hold = self._open[patron.pk, title, copy and copy.pk] = Hold.objects.create(**values, shelf=shelf)
        hold_queue.tell("hold_placed", import_actor(hold.pickup), hold)
        return hold, "added"

    def take(self, row: CsvRow) -> Became:
        state = row.one_of("state", map(str, Hold.State.values)) if row["state"] else self.status(row)
        if not row.faults and state not in map(str, Hold.OPEN):
            return "over"
        try:
            return super().take(row)
        except BadRow:  # it may be about any hold of the patron
            patron = self._patrons.get(row["patron_identifier"])
            self.seen.update(dict.fromkeys(Hold.objects.filter(patron=patron).values_list("pk", flat=True), ""))
            raise

    def totals(self) -> list[str]:
        return count_holds()

    def _titles_of(self, row: CsvRow) -> tuple[str, Sequence[int]]:
        """Return the column that names the title, and the titles that it fits."""
        for column in ("copy_barcode", "item_barcode"):
            if row[column]:
                item = self._items.get(row[column])
                return column, [item.title_id] if item else []
        if row["control_number"]:
            number = self._titles.by_number.get(row["control_number"])
            return "control_number", [number] if number else []
        if row["isbn"]:
            return "isbn", self._titles.by_isbn[isbn13(row["isbn"]) or ""]
        titles = self._titles.by_title[row["title"]] if row["title"] else []
        return "title", [pk for pk, author, _number in titles if row["author"] in ("", author)]

    def _title(self, row: CsvRow) -> int | None:
        column, titles = self._titles_of(row)
        if column in ("copy_barcode", "item_barcode"):
            find_item(row, self._items, column)
        elif not row[column]:
            row.wrong(
                "control_number, isbn, title, item_barcode and copy_barcode are empty; fill in one of them", Wrong.EMPTY
            )
        elif not titles:
            row.wrong(f"{row.describe_cell(column)} matches no record; import titles and items first", Wrong.NOBODYS)
        elif len(titles) > 1:
            row.wrong(f"{row.describe_cell(column)} matches more than one title; give the item_barcode of a copy")
        return titles[0] if titles else None

    def _only_copy(self, row: CsvRow) -> Item | None:
        """Return the only copy that can fill the hold; if the sheet names the one on the hold shelf, it is the same."""
        copy, shelved = self._items.get(row["copy_barcode"]), row["item_barcode"]
        if copy is not None and shelved and shelved != copy.barcode:
            row.wrong(f"{row.describe_cell('item_barcode')} is not the copy in copy_barcode; one of the two is wrong")
        return copy

    def _copy(self, row: CsvRow, until: date | None, found: Hold | None) -> Item | None:
        """Return the copy on the hold shelf for this hold."""
        if until is None:
            row.wrong("until is empty; a ready hold needs an expiry date", Wrong.EMPTY)
        item = find_item(row, self._items)
        if item is None or (found is not None and (found.state, found.item_id) == (Hold.State.READY, item.pk)):
            return item
        others = Hold.objects.filter(item=item, state=Hold.State.READY)
        if others.exclude(patron__identifier=row["patron_identifier"]).exists():
            row.wrong(
                f"{row.describe_cell('item_barcode')} is on the hold shelf for another patron; one of the two is wrong",
                Wrong.ANOTHERS,
            )
        elif not others.exists() and not hold_queue.is_free(item):
            row.wrong(f"{row.describe_cell('item_barcode')} is on loan; a copy on the hold shelf must not be on loan")
        return item


class FeeSheet(CsvSheet):
    """Fees; one that is listed twice in a sheet is owed twice."""

    columns = (
        PATRON,
        *(SheetColumn(each, needed=True) for each in ("kind", "amount", "charged_at")),
        *map(SheetColumn, ("paid", "waived", "currency", "item_barcode")),
        SheetColumn("note", private=True),
        SheetColumn("settled_at"),
    )

    def prepare(self, sheet: Sequence[CsvRow]) -> None:
        self._seen = Counter[FeeKey]()
        self._zone, self._currency = zone(), the_library().currency
        self._patrons = read_patrons(row["patron_identifier"] for row in sheet)
        self._items = read_items(row["item_barcode"] for row in sheet)

    def totals(self) -> list[str]:
        return sum_fees()

    def take(self, row: CsvRow) -> Became:
        amount, paid, waived = (_money(row, each) for each in ("amount", "paid", "waived"))
        if amount and amount == paid + waived:
            return "over"
        patron, kind = find_patron(row, self._patrons), row.one_of("kind", Fee.Kind.values)
        item = find_item(row, self._items) if row["item_barcode"] else None
        row.required_text("charged_at", 40)
        charged: datetime | None = row.moment("charged_at", self._zone)
        if not amount:
            row.wrong("amount is 0; a fee must be above 0")
        elif paid > amount:
            row.wrong(f"{row.describe_cell('paid')} is more than {row.describe_cell('amount')}; one of them is wrong")
        elif paid + waived > amount:
            row.wrong(f"paid and waived are together more than {row.describe_cell('amount')}; one of them is wrong")
        if row["currency"] not in ("", self._currency):
            row.wrong(f"{row.describe_cell('currency')} is not the library's currency; convert it to {self._currency}")
        row.raise_faults()
        assert patron is not None and charged is not None
        values = {"patron": patron, "kind": kind, "amount": amount, "charged_at": charged, "item": item}
        values["note"] = row["note"][:200]
        key = (patron.pk, kind, amount, charged, item and item.pk, values["note"])
        self._seen[key] += 1
        if Fee.objects.filter(**values).count() >= self._seen[key]:
            return "same"
        fee = Fee.objects.create(**values, paid=paid, waived=waived)
        by = import_actor(item.branch if item else Branch.objects.order_by("pk")[0])
        append_event(
            "fee_charged", by.now, fee=fee.pk, patron=patron.ref, amount=str(amount), cause=kind, **by.actor_facts()
        )
        return "added"


def _money(row: CsvRow, column: str) -> Decimal:
    text = row[column] or "0"
    if not MONEY.fullmatch(text):
        row.wrong(f"{row.describe_cell(column)} is not an amount; use the form 35.00")
        return Decimal(0)
    return Decimal(text)
