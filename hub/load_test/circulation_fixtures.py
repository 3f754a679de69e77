"""Fill circulation's tables with an invented library, as the hub would have filled them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from django.core.management.color import no_style
from django.db import connection, models
from numpy.typing import NDArray

from hub.catalogue.models import Branch, Item, ItemType, Title
from hub.circulation.models import CirculationEvent, FeedCursor, Hold, Library, Loan, Patron, PatronCategory, Rule
from hub.load_test import synthetic_loans
from hub.outreach.recommendations.reminders.loan_length_model import Floats, Whole
from hub.outreach.recommendations.reminders.simulated_loans import TYPES

SOME = 200_000
EPOCH = "2000-01-01"
WIDTHS = {
    "AutoField": ">i4",
    "BigAutoField": ">i8",
    "BigIntegerField": ">i8",
    "BooleanField": ">i1",
    "FloatField": ">f8",
    "IntegerField": ">i4",
    "PositiveBigIntegerField": ">i8",
    "PositiveIntegerField": ">i4",
    "PositiveSmallIntegerField": ">i2",
    "DateField": ">i4",
    "DateTimeField": ">i8",
}
Column = NDArray[Any] | str | int | float | bool | None
"""An array with one value per row (texts as bytes of one length), or a value for all rows."""
ZONE, EAST = "Asia/Shanghai", timedelta(hours=8)
BRANCHES, GROUPS = ("main", "west", "east"), ("adult", "child", "staff")
LETTERS = "BCDFGHIJKNOPQRSTUVXZ"
SIGNS = "山海月光春风星河历史小数学园夜雨花城书天地人心手国语音画色茶马路石桥"
FIRST_LOAN, MOST_COPIES = 10**9, 1000
Days = NDArray[np.datetime64]


def put(model: type[models.Model], rows: int, **columns: Column) -> None:
    """Insert `rows` rows. A column that is not given has the field's default, or is empty."""
    fields = [each for each in model._meta.concrete_fields if each.attname in columns or not each.primary_key]
    named = {each: columns.pop(each.attname, _default(each)) for each in fields}
    if columns:
        raise ValueError(f"{model.__name__} has no {', '.join(columns)}")
    for begin in range(0, rows, SOME):
        some = slice(begin, min(begin + SOME, rows))
        part = {each: value[some] if isinstance(value, np.ndarray) else value for each, value in named.items()}
        if connection.vendor == "postgresql":
            _copy_binary(model, some.stop - begin, part)
        else:
            _insert_rows(model, some.stop - begin, part)


def reset_sequences(*touched: type[models.Model]) -> None:
    """Reset the tables' sequences to the number after the last row."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), touched):
            cursor.execute(statement)


def _default(field: Any) -> Column:
    found = field.get_default()
    return "[]" if isinstance(field, models.JSONField) and found == [] else found


def _copy_binary(model: type[models.Model], rows: int, columns: dict[Any, Column]) -> None:
    """Insert millions of rows in seconds.

    Source: PostgreSQL documentation, "COPY", Binary Format.
    """
    names = ", ".join(f'"{each.column}"' for each in columns)
    parts: list[tuple[str, str, Any]] = [("count", ">i2", len(columns))]
    for field, value in columns.items():
        parts += _binary(field, value)
    packed = np.zeros(rows, dtype=[(f"{at}{name}", form) for at, (name, form, _value) in enumerate(parts)])
    for at, (name, _form, value) in enumerate(parts):
        packed[f"{at}{name}"] = value
    with connection.cursor() as cursor, cursor.copy(f'COPY "{model._meta.db_table}" ({names}) FROM STDIN BINARY') as to:
        to.write(b"PGCOPY\n\xff\r\n\0" + bytes(8) + packed.tobytes() + b"\xff\xff")


def _binary(field: Any, value: Column) -> list[tuple[str, str, Any]]:
    """Return length and value in PostgreSQL's binary format."""
    if value is None:
        return [("none", ">i4", -1)]
    kind = _kind(field)
    if kind == "UUIDField":
        return [("length", ">i4", 16), ("value", "V16", value)]
    if kind == "JSONField":
        text = value if isinstance(value, np.ndarray) else np.bytes_(str(value).encode())
        return [
            ("length", ">i4", text.dtype.itemsize + 1),
            ("form", ">i1", 1),
            ("text", f"S{text.dtype.itemsize}", text),
        ]
    if kind in WIDTHS:
        form = WIDTHS[kind]
        return [("length", ">i4", int(form[2])), ("value", form, _number(kind, value))]
    text = value if isinstance(value, np.ndarray) else np.bytes_(str(value).encode())
    wide = len(str(value).encode()) if not isinstance(value, np.ndarray) else text.dtype.itemsize
    return [("length", ">i4", wide), *([("text", f"S{wide}", text)] if wide else [])]


def _kind(field: Any) -> str:
    target = field.target_field if field.is_relation else field
    return str(target.get_internal_type())


def _number(kind: str, value: Any) -> Any:
    if kind == "DateTimeField":
        return (value - np.datetime64(EPOCH, "us")).astype(np.int64)
    if kind == "DateField":
        return (value - np.datetime64(EPOCH, "D")).astype(np.int64)
    return value


def _insert_rows(model: type[models.Model], rows: int, columns: dict[Any, Column]) -> None:
    plain = {field.attname: _plain(field, value, rows) for field, value in columns.items()}
    model._default_manager.bulk_create(
        (model(**dict(zip(plain, row, strict=True))) for row in zip(*plain.values(), strict=True)), batch_size=500
    )


def _plain(field: Any, value: Column, rows: int) -> list[Any]:
    """Return the values as Python objects."""
    if not isinstance(value, np.ndarray):
        shared = json.loads(value) if _kind(field) == "JSONField" and isinstance(value, str) else value
        return [shared] * rows
    found = value.tolist()
    if value.dtype.kind == "V":
        return [UUID(bytes=each) for each in found]
    if value.dtype.kind == "S":
        texts = [each.decode() for each in found]
        return [json.loads(each) for each in texts] if _kind(field) == "JSONField" else texts
    return [each.replace(tzinfo=UTC) if isinstance(each, datetime) else each for each in found]


@dataclass(frozen=True, slots=True)
class LibraryDays:
    """Convert the library's days into moments; `today` is the day on whose night it ends."""

    today: date

    @property
    def first(self) -> date:
        return self.today - timedelta(days=synthetic_loans.DAYS + 1)

    def moment(self, at: float) -> datetime:
        """Return the moment in UTC."""
        return datetime(self.first.year, self.first.month, self.first.day, tzinfo=UTC) - EAST + timedelta(days=at)

    def moments(self, at: Floats) -> Days:
        span = np.round(np.asarray(at) * 86_400_000_000).astype("timedelta64[us]")
        return np.asarray(np.datetime64(self.first, "us") - np.timedelta64(EAST) + span)

    def days(self, at: Floats | Whole) -> Days:
        """Return the local days."""
        return np.asarray(np.datetime64(self.first, "D") + np.floor(at).astype(np.int64))


def refs(number: Whole) -> NDArray[np.bytes_]:
    """Return the patrons' pseudonyms."""
    return np.char.mod("%032x", number).astype("S32")


def barcodes(title: Whole, copy: Whole) -> NDArray[np.bytes_]:
    """Return barcodes of 14 digits, by title and copy number."""
    return np.char.mod("%014d", title * MOST_COPIES + copy).astype("S14")


def catalogue(library: synthetic_loans.SyntheticLibrary, calendar: LibraryDays) -> None:
    """Create branches, types, titles and as many copies of each as are needed."""
    Branch.objects.bulk_create(Branch(code=each, name=each.title()) for each in BRANCHES)
    ItemType.objects.bulk_create(ItemType(code=each, name=each) for each in _types())
    rng = np.random.default_rng(7)
    words = rng.integers(len(SIGNS), size=(library.titles, 6))
    Title.objects.bulk_create(
        (
            Title(
                pk=number + 1,
                title=f"{''.join(SIGNS[at] for at in words[number])} {number}",
                author=f"Author {rng.integers(library.titles // 4 + 1)}",
                clc=f"{LETTERS[number % synthetic_loans.SUBJECTS % 20]}{number % synthetic_loans.SUBJECTS:03}",
                subject=LETTERS[number % synthetic_loans.SUBJECTS % 20],
                year=2000 + int(words[number, 0]) % 26,
                added_at=calendar.moment(number / library.titles * synthetic_loans.DAYS),
            )
            for number in range(library.titles)
        ),
        batch_size=2000,
    )
    copies = _copies(library)
    title = np.repeat(np.arange(library.titles), copies)
    copy = np.arange(len(title)) - np.repeat(np.cumsum(copies) - copies, copies)
    branches = np.array(list(Branch.objects.order_by("pk").values_list("pk", flat=True)))
    types = dict(ItemType.objects.values_list("code", "pk"))
    put(
        Item,
        len(title),
        id=np.arange(len(title)) + 1,
        barcode=barcodes(title, copy),
        title_id=title + 1,
        type_id=np.array([types[each] for each in _types()])[library.types[title]],
        branch_id=branches[title % 3],
        added_at=calendar.moments(title / library.titles * synthetic_loans.DAYS),
    )
    reset_sequences(Title, Item)


def _types() -> list[str]:
    """Return type codes of equal length."""
    return [f"{each:-<10}" for each in TYPES]


def codes(type: Whole) -> NDArray[np.bytes_]:
    """Return the item type codes as bytes of equal length."""
    return np.array(_types()).astype("S10")[type]


def _copies(library: synthetic_loans.SyntheticLibrary) -> Whole:
    found = np.ones(library.titles, np.int64)
    np.maximum.at(found, library.loans.title, library.loans.copy + 1)
    return found


def circulation(library: synthetic_loans.SyntheticLibrary, calendar: LibraryDays) -> None:
    """Create the library, its patrons and every loan, in their final state."""
    Library.objects.create(name="湖滨图书馆", name_en="Lakeside Library", timezone=ZONE)
    PatronCategory.objects.bulk_create(PatronCategory(code=each, name=each) for each in GROUPS)
    Rule.objects.create(days=synthetic_loans.PERIOD, limit=100, renewals=20)
    number = np.arange(len(library.branch))
    groups = np.array([PatronCategory.objects.get(code=each).pk for each in GROUPS])
    put(
        Patron,
        len(number),
        id=number + 1,
        identifier=np.char.mod("2%013d", number).astype("S14"),
        ref=refs(number),
        name=np.char.mod("Invented Patron %07d", number).astype("S23"),
        category_id=groups[library.group],
        language="en",
    )
    loans = library.loans
    rows, copies = np.arange(len(loans)), _copies(library)
    item = (np.cumsum(copies) - copies)[loans.title] + loans.copy + 1
    branches = np.array(list(Branch.objects.order_by("pk").values_list("pk", flat=True)))
    back = loans.back <= library.end
    renewals = loans.renewals_by(library.end)
    for state, some in ((Loan.State.RETURNED, rows[back]), (Loan.State.ON_LOAN, rows[~back])):
        put(
            Loan,
            len(some),
            id=FIRST_LOAN + some,
            patron_id=loans.patron[some] + 1,
            item_id=item[some],
            state=str(state),
            branch_id=branches[library.branch[loans.patron[some]]],
            checked_out_at=calendar.moments(loans.out[some]),
            due=calendar.moments(loans.due(renewals)[some]),
            renewals=renewals[some],
            closed_at=calendar.moments(loans.back[some]) if state == Loan.State.RETURNED else None,
        )
    reset_sequences(Patron, Loan)
    _holds(library, calendar, branches)


def _holds(library: synthetic_loans.SyntheticLibrary, calendar: LibraryDays, branches: Whole) -> None:
    """Create holds: most on titles that are on loan, a fifth on the hold shelf, an eighth with a copy on its shelf."""
    rng = np.random.default_rng(8)
    copies = _copies(library)
    titles = np.repeat(np.arange(library.titles), copies)
    open_loans = library.loans.back > library.end
    out = np.unique(library.loans.title[open_loans])
    lent = ((np.cumsum(copies) - copies)[library.loans.title] + library.loans.copy)[open_loans]
    count = len(library.branch) // 20
    patrons = rng.permutation(len(library.branch))[:count]
    free = rng.permutation(np.setdiff1d(np.arange(len(titles)), lent))
    ready, pulled = min(count // 5, len(free) // 2), min(count // 8, len(free) // 2)
    at = calendar.moments(rng.uniform(library.end - 30, library.end, count))
    title = rng.choice(out, count)
    title[: ready + pulled] = titles[free[: ready + pulled]]
    shelf: dict[str, Column] = {"state": str(Hold.State.READY), "item_id": free[:ready] + 1, "shelf": "0000"}
    for some, more in ((slice(0, ready), shelf), (slice(ready, count), {})):
        put(
            Hold,
            len(patrons[some]),
            patron_id=patrons[some] + 1,
            title_id=title[some] + 1,
            pickup_id=branches[library.branch[patrons[some]]],
            placed_at=at[some],
            **more,
        )


@dataclass(frozen=True, slots=True)
class FixtureEvent:
    """One event of the feed; `at` is in days since the first day."""

    at: float
    kind: str
    loan: int
    renewals: int


def feed_events(library: synthetic_loans.SyntheticLibrary, since: float, until: float) -> list[FixtureEvent]:
    """Return the feed's events of that time, in order."""
    loans, found = library.loans, []
    for kind, at in (("checkout", loans.out), ("checkin", loans.back)):
        renewals = loans.renewals if kind == "checkin" else np.zeros(len(loans), np.int64)
        for row in np.flatnonzero((at > since) & (at <= until)):
            found.append(FixtureEvent(float(at[row]), kind, int(row), int(renewals[row])))
    before, after = loans.renewals_by(since), loans.renewals_by(until)
    for row in np.flatnonzero(after > before):
        for number in range(int(before[row]) + 1, int(after[row]) + 1):
            at_due = float(np.floor(loans.out[row])) + synthetic_loans.PERIOD * number + 0.75
            found.append(FixtureEvent(at_due, "renewed", int(row), number))
    return sorted(found, key=lambda each: (each.at, each.loan))


def feed(library: synthetic_loans.SyntheticLibrary, calendar: LibraryDays, since: float, until: float) -> int:
    """Write the events into the feed and return their number."""
    events = feed_events(library, since, until)
    CirculationEvent.objects.bulk_create(_events(library, calendar, events), batch_size=2000)
    FeedCursor.objects.update_or_create(pk=1, defaults={"last": len(events)})
    return len(events)


def _events(
    library: synthetic_loans.SyntheticLibrary, calendar: LibraryDays, events: list[FixtureEvent]
) -> Iterator[CirculationEvent]:
    loans = library.loans
    for number, each in enumerate(events, 1):
        row = np.array([each.loan])
        due = loans.select(row).due(np.array([each.renewals]))
        patron, title = int(loans.patron[each.loan]), int(loans.title[each.loan])
        yield CirculationEvent(
            id=number,
            at=_moment(calendar, np.array([each.at])),
            kind=each.kind,
            data={
                "loan": FIRST_LOAN + each.loan,
                "patron": refs(np.array([patron]))[0].decode(),
                "item": barcodes(np.array([title]), loans.copy[row])[0].decode(),
                "title": title + 1,
                "type": codes(loans.type[row])[0].decode(),
                "out": _moment(calendar, loans.out[row]).isoformat(),
                "due": _moment(calendar, due).isoformat(),
                "renewals": each.renewals,
                "branch": BRANCHES[library.branch[patron]],
                "kiosk": "front",
            },
        )


def _moment(calendar: LibraryDays, at: Floats) -> datetime:
    found: datetime = calendar.moments(at)[0].astype("datetime64[us]").item()
    return found.replace(tzinfo=UTC)
