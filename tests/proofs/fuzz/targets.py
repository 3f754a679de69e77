"""Every parser of outside input: the errors it may raise, and that it invents nothing."""

from __future__ import annotations

import gzip
import json
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from hub.catalogue import marc
from hub.csv_sheets.csv_reader import BadSheet, SheetColumn, rows
from kiosk.config import ConfigError, load
from kiosk.config.file import EXAMPLE
from kiosk.config.hardware import CardNumber
from kiosk.hardware.barcodes.model import read_reading, read_request
from kiosk.hardware.card_reader.card_number import number_of
from kiosk.hardware.line_readers import PRINTABLE, Assembly
from kiosk.sync.fleet_client import OutOfServiceStore
from kiosk.sync.identity import IdentityFile, NotEnrolled
from kiosk.visit_player import script
from kiosk.wiring.pin_attempts_file import StoredAttempts
from lending import request_signature, sealing, tags, wire
from lending.model import CardRef, ItemId
from lending.number_patterns import Numbers, Shape
from lending.transactions import Checkin, Checkout, ReturnMode, as_receipt_code
from lending.wire import fleet

NUMBERS = Numbers(Shape(re.compile("3[0-9]{13}"), luhn=True), Shape(re.compile("2[0-9]{13}"), luhn=True))
CARD, ITEM, ID = "a" * 64, "30001000000018", "01a212cc-3ca0-7025-be69-c20444d48d3c"
NOW = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
Check = Callable[[bytes], None]


class Invented(AssertionError):
    """The parser returns something that was not in its input, or loses something that was."""


@dataclass(frozen=True, slots=True)
class Target:
    """One parser: `check` parses one input and raises if there is a defect."""

    name: str
    check: Check
    samples: Sequence[bytes]
    counts: Callable[[bytes], int] = lambda _: 1
    """Returns the number of messages in one input."""


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def only_what_was_sent(read: BaseModel, sent: object) -> None:
    """Check that each field that was set is in the JSON, in its place."""
    if not isinstance(sent, dict):
        raise Invented(f"{type(read).__name__} out of {type(sent).__name__}")
    for name in read.model_fields_set:
        if name not in sent:
            raise Invented(f"{type(read).__name__}.{name} was not sent")
        _same_shape(getattr(read, name), sent[name])


def _same_shape(value: Any, sent: Any) -> None:
    match value:
        case BaseModel():
            only_what_was_sent(value, sent)
        case list() | tuple() if isinstance(sent, list):
            if len(value) != len(sent):
                raise Invented("a list of another length")
            for one, other in zip(value, sent, strict=True):
                _same_shape(one, other)
        case str() if isinstance(sent, str) and type(value) is str and value != sent:
            raise Invented("a text was changed")
        case _:
            pass


def _shape(shape: type[BaseModel]) -> Check:
    def check(raw: bytes) -> None:
        try:
            read = wire.parse(shape, raw)
        except ValueError:
            return
        only_what_was_sent(read, json.loads(raw))

    return check


def _body(raw: bytes) -> None:
    for kind in (*wire.BODIES, raw[:8].decode(errors="replace")):
        text = raw.decode(errors="replace")
        try:
            act = wire.decode(kind, text)
        except wire.UnreadableAct:
            continue
        again, body = wire.encode(act)
        if again != kind or wire.decode(again, body) != act:
            raise Invented("an act is another when it is written")
        for field in ("card", "item", "of"):
            if (value := getattr(act, field, None)) is not None and value not in json.loads(text).values():
                raise Invented(f"{field} was not sent")


def _seal(raw: bytes) -> None:
    text = raw.decode(errors="replace")
    box = sealing.read(text)
    if box is None:
        return
    if f"x25519:{box.key}:{box.box}" != text:
        raise Invented("a sealed text is another")
    try:
        sealing.decrypt("5e" * 32, box)
    except sealing.SealBroken:
        return


def _tag(raw: bytes) -> None:
    read = tags.decode(raw[1:], raw[0] if raw else 0)
    if isinstance(read, tags.TagData) and read.format is tags.TagFormat.FIXED:
        plain = read.item.encode() + read.owner.replace("-", "", 1).encode()
        if not set(plain) <= set(raw):
            raise Invented("a tag's number or owner was not on it")


def _claim(raw: bytes) -> None:
    text = raw.decode("latin-1")
    claim = request_signature.read_claim(text)
    if claim is not None and claim.header != text:
        raise Invented("a claim is another")


def _code(raw: bytes) -> None:
    text = raw.decode(errors="replace")
    plain = request_signature.plain_code(text)
    if request_signature.is_code(plain) and not set(plain) <= set(text.upper().translate(request_signature.MEANT)):
        raise Invented("a code has a sign that was not typed")
    request_signature.verifies(text, raw, text)
    receipt = as_receipt_code(text)
    if receipt is not None and not set(receipt) <= set(text.upper()):
        raise Invented("a receipt's code has a sign that was not typed")


def _number(raw: bytes) -> None:
    text = raw.decode(errors="replace")
    number = NUMBERS.kind(text)
    if number is not None and number.text not in re.sub(r"[ \t]+", "", text):
        raise Invented("a number that was not read")
    if number is not None and not re.fullmatch("[0-9]{13,14}", number.text):
        raise Invented("a number with more than digits")
    number_of(text, CardNumber())


def _typed(raw: bytes) -> None:
    """Check input as a wedge reader types it, with keys and pauses; the seventh bit is a pause."""
    assembly, when = Assembly(PRINTABLE, 0.5), 0.0
    for each in raw:
        when += 0.6 if each & 0x80 else 0.01
        line = assembly.take(chr(each & 0x7F), when)
        if line is not None and (not set(line) <= set(PRINTABLE) or line.encode() not in bytes(c & 0x7F for c in raw)):
            raise Invented("a line that was not typed")


def _reading(raw: bytes) -> None:
    text = raw.decode(errors="replace")
    for read in (read_request, read_reading):
        try:
            read(text)
        except ValueError:
            continue


def _in_file(name: str, look: Callable[[Path], None]) -> Check:
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    kept = tempfile.TemporaryDirectory(prefix="fuzz-", dir=memory)  # Removed with the last reference to this check.

    def check(raw: bytes) -> None:
        folder = Path(kept.name)
        (folder / name).write_bytes(raw)
        look(folder)

    return check


def _config(folder: Path) -> None:
    try:
        load(folder / "kiosk.toml")
    except ConfigError:
        return


def _visit(raw: bytes) -> None:
    try:
        script.parse(raw.decode(errors="replace"), "a visit")
    except script.ScriptError:
        return


def _identity(folder: Path) -> None:
    try:
        identity = IdentityFile(folder).load()
    except NotEnrolled:
        return
    if identity.device not in (folder / "identity.json").read_text(encoding="utf-8"):
        raise Invented("a device that is not in the file")


def _closure(folder: Path) -> None:
    OutOfServiceStore(folder)


def _guard(raw: bytes) -> None:
    try:
        StoredAttempts.model_validate_json(raw)
    except ValueError:
        return


def _marc(folder: Path) -> None:
    raw = (folder / "records").read_bytes()
    plain = not raw.lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"<", b"\x1f\x8b"))
    with marc.open_marc_file(folder / "records") as file:
        for found in marc.read(file):
            if plain and isinstance(found, marc.DescribedTitle) and found.record not in raw:
                raise Invented("a record that is not in the file")


def _sheet(folder: Path) -> None:
    raw = (folder / "sheet.csv").read_bytes()
    try:
        found = list(
            rows(
                folder / "sheet.csv",
                [SheetColumn("identifier", needed=True), SheetColumn("name", needed=True), SheetColumn("card")],
            )
        )
    except BadSheet:
        return
    text = raw.decode("utf-8-sig", errors="ignore") + raw.decode("gb18030", errors="replace")
    for row in found:
        for cell in row.cells.values():
            if cell.replace('"', "") not in text.replace('"', ""):
                raise Invented("a cell that is not in the sheet")


ROW = {
    "id": ID, "seq": 41, "boot": "b3f1", "mono_ns": 91224512, "at": "2026-11-22T06:32:11+00:00", "trust": "synced",
    "kind": "checkin", "no_block": False, "body": '{"item":"30001000000018","mode":"bin"}', "mark": "0" * 64,
}  # fmt: skip
ITEM_JSON = {"id": ITEM, "title": "Dune", "status": "on_loan", "holder": "p1", "due": "2026-12-22T15:59:00+00:00"}
PATRON_JSON = {"ref": "p1", "category": "adult", "card": "active", "fees": "1.50", "loans": {"book": 1}}
SHAPES: Sequence[tuple[type[BaseModel], object]] = (
    (wire.WireRow, ROW),
    (wire.TransactionsRequest, {"wire": 1, "journal": ID, "rows": [ROW, ROW]}),
    (wire.TransactionsAnswer, {"wire": 1, "answers": [{"id": ID, "outcome": "accepted", "place": "A"}]}),
    (wire.CardAnswer, {"patron": PATRON_JSON, "loans": [ITEM_JSON], "holds": [{"title": "Emma", "ready": True}]}),
    (wire.WireItem, ITEM_JSON),
    (wire.PinRequest, {"pin": "4711"}),
    (wire.PinAnswer, {"verdict": "wrong"}),
    (
        wire.SnapshotPage,
        {"wire": 1, "etag": "e", "made_at": "2026-11-22T06:32:11+00:00", "page": 1, "pages": 1,
         "cards": [{"card": CARD, "patron": PATRON_JSON}], "items": [ITEM_JSON]},
    ),
    (wire.HealthAnswer, {"wire": 1, "now": "2026-11-22T06:32:11+00:00", "status": "ok"}),
    (fleet.EnrolmentRequest, {"wire": 1, "code": "7KQ2M9XC", "public_key": CARD, "proof": CARD * 2}),
    (
        fleet.EnrolmentAnswer,
        {"wire": 1, "device": "0" * 32, "kiosk": "front", "branch": "main", "card_key": CARD, "hub_key": CARD,
         "seal_key": CARD, "now": "2026-11-22T06:32:11+00:00"},
    ),
    (fleet.FleetAnswer, {"wire": 1, "out_of_service": {"words": {"zh": "关", "en": "closed"}}, "identify": True}),
)  # fmt: skip
BODIES = [
    wire.encode(act)[1].encode()
    for act in (Checkout(CardRef(CARD), ItemId(ITEM), NOW), Checkin(ItemId(ITEM), ReturnMode.BIN))
] + [_json({"of": ID})]
MARC = (
    b"00140nam a2200061 i 4500001000500000245002400005020001800029\x1e0001\x1e10\x1faDune /\x1fcFrank Herbert.\x1e"
    b"  \x1fa9780441172719\x1e\x1d"
)
MARCXML = (
    b"<collection><record><leader>00000nam a2200000 i 4500</leader><controlfield tag='001'>1</controlfield>"
    b"<datafield tag='245' ind1='1' ind2='0'><subfield code='a'>Dune</subfield></datafield></record></collection>"
)
IDENTITY = _json(
    {"device": "0" * 32, "kiosk": "front", "hub_key": CARD, "hub": "http://hub", "private_key": CARD, "card_key": CARD}
)
CLAIM = f"Kiosk {'0' * 32} 42 {'a' * 128}".encode()
READING = _json({"codes": [["code128", ITEM, [[0, 0], [1, 0], [1, 1], [0, 1]]]], "stripes": None})
REQUEST = _json({"frame": [640, 480, 640], "sought": ["code128"], "incidental": [], "thorough": False})
GUARD = _json({"boot": "b", "at": 1.0, "cards": {CARD: {"wrong": [1.0], "in_a_row": 1}}, "wrong": [1.0],
               "pins_again": 0.0, "codes": []})  # fmt: skip


TAGS = [
    bytes((0x3E,)) + tags.encode(tags.TagData("30012000000017", 3, 2, "DE-705")),
    bytes.fromhex("06 9100051CBE991A14 0201D0140204B346 07441CB6E2E335D6 830207ACC09EBAA0 6F6B0000"),
    bytes.fromhex("00 0423000133303031 3230303030303030 3137000000000000"),
]


def targets() -> list[Target]:
    """Create the parsers: some keep a folder of their own."""
    shapes = [Target(f"wire: {shape.__name__}", _shape(shape), [_json(sample)]) for shape, sample in SHAPES]
    seal = sealing.encrypt(sealing.public_of("5e" * 32), "{}").encode()
    return [
        *shapes,
        Target("wire: bodies", _body, BODIES),
        Target("wire: seals", _seal, [seal]),
        Target("wire: claims", _claim, [CLAIM]),
        Target("codes", _code, [b"7KQ2-M9XC-4TDA-0BWE", b"K7P2QX"]),
        Target("barcodes and cards", _number, [ITEM.encode(), b"9780441172719", b"04A1B2C3D4E5F6", b"2 000 1000"]),
        Target("keyboard wedge", _typed, [b"30001000000018\n", b"04A1B2C3\n04A1B2C3\n"]),
        Target("item tags", _tag, TAGS),
        Target("readings", _reading, [READING, REQUEST]),
        Target("config", _in_file("kiosk.toml", _config), [EXAMPLE.read_bytes()]),
        Target("visits", _visit, [b'[[step]]\ntap = "plain_1"\n[[step]]\nscan = "free_01"\n']),
        Target("identity file", _in_file("identity.json", _identity), [IDENTITY]),
        Target("closure file", _in_file("out-of-service.json", _closure), [_json({"zh": "a", "en": "b", "why": "c"})]),
        Target("counters of PINs", _guard, [GUARD]),
        Target("MARC", _in_file("records", _marc), [MARC, MARC + MARC, MARCXML, gzip.compress(MARC, mtime=0)]),
        Target(
            "CSV", _in_file("sheet.csv", _sheet), [b'identifier,name,card\n1001,"Ada, L.",04A1\n1002,\xe6\x9e\x97,\n']
        ),
    ]
