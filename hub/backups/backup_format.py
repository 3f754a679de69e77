"""Read and write the backup format: a gzip file of JSON lines, verified whole before it is used."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tempfile
import zlib
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from hub.backups import age_encryption
from hub.core.progress import reading
from lending import atomic_file

FORM = 1
QUICK = 3
"""Compression level of gzip's nine: level 3 already reduces a hub's rows to a tenth."""


class BadArchive(Exception):
    """The file cannot be used. `args[0]` says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Head:
    """The first line: which hub the backup is of, when it was made, and the secrets that it needs."""

    made_at: str
    library: str
    hub_key: str
    """The hub's public key, by which kiosks recognise it."""
    migrations: Sequence[tuple[str, str]]
    secrets: dict[str, str]
    files: dict[str, str] = field(default_factory=dict)
    """Other files of the state directory, by name, in base64; older backups have none."""


@dataclass(frozen=True, slots=True)
class Table:
    """Model and fields of the rows that follow."""

    model: str
    fields: Sequence[str]


class Writer:
    """Write line by line, and the digest of all lines at the end."""

    def __init__(self, file: gzip.GzipFile, head: Head) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.rows = 0
        self._line({"kiosk_hub_backup": FORM, **asdict(head)})

    def table(self, table: Table) -> None:
        self._line({"table": table.model, "fields": table.fields})

    def row(self, values: Sequence[object]) -> None:
        self._line(values)
        self.rows += 1

    def end(self) -> None:
        self._line({"end": self.rows, "sha256": self._hash.hexdigest()})

    def _line(self, what: object) -> None:
        line = json.dumps(what, ensure_ascii=False, separators=(",", ":"), default=_plain).encode() + b"\n"
        self._hash.update(line)
        self._file.write(line)


def _plain(value: object) -> str:
    """Convert a value to text that every database's field parses again without loss."""
    match value:
        case datetime() | date():
            return value.isoformat()
        case Decimal() | UUID():
            return str(value)
        case bytes() | memoryview():
            return b64encode(value).decode()
        case _:
            raise TypeError(f"a backup has no form for {type(value).__name__}")


@contextmanager
def open_backup_writer(path: Path, head: Head, *, overwrite: bool, public: str = "") -> Iterator[Writer]:
    """Write a backup that appears under its name once it is complete and durable.

    It is readable by its owner only. With a `public` key it is encrypted to that key.

    Raises:
        FileExistsError: The file exists and may not be overwritten.
        OSError: The file cannot be written.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as raw:
            with (
                age_encryption.encrypting_writer(raw, public) if public else nullcontext(raw) as out,
                gzip.GzipFile(fileobj=out, mode="wb", compresslevel=QUICK) as file,
            ):
                writer = Writer(file, head)
                yield writer
                writer.end()
            raw.flush()
            os.fsync(raw.fileno())
        if overwrite:
            atomic_file.replace(fresh, path)
        else:
            os.link(fresh, path)
            atomic_file.sync(path.parent)
    finally:
        fresh.unlink(missing_ok=True)


def verify(path: Path) -> Head:
    """Read the whole file and verify its digest; return its head.

    Raises:
        BadArchive: The file is damaged, incomplete or no backup.
        FileNotFoundError: There is no such file.
    """
    with reading("check the backup", path) as raw:
        return _verify_lines(path, _lines(path, raw))


def _verify_lines(path: Path, lines: Iterator[tuple[bytes, Any]]) -> Head:
    digest, rows, head, ended = hashlib.sha256(), 0, None, False
    for line, what in lines:
        if ended:
            raise BadArchive(f"{path} goes on behind its end")
        if head is None:
            head = _head(path, what)
        elif isinstance(what, list):
            rows += 1
        elif "end" in what:
            ended = what == {"end": rows, "sha256": digest.hexdigest()}
            if not ended:
                raise BadArchive(f"{path} is damaged: its rows are not those that were written")
        digest.update(line)
    if head is None or not ended:
        raise BadArchive(f"{path} breaks off: the backup was not finished, or the file was cut short")
    return head


def _head(path: Path, what: Any) -> Head:
    if not isinstance(what, dict) or what.get("kiosk_hub_backup") != FORM:
        raise BadArchive(f"{path} is no backup of a hub, or of a version that this one does not know")
    facts = {name: what[name] for name in Head.__slots__ if name != "files"} | {"files": what.get("files", {})}
    return Head(**{**facts, "migrations": [(app, name) for app, name in facts["migrations"]]})


def contents(path: Path) -> Iterator[Table | list[object]]:
    """Yield the tables, each before its rows. The file must have been checked before."""
    with reading("read the backup", path) as raw:
        for _line, what in _lines(path, raw):
            if isinstance(what, list):
                yield what
            elif "table" in what:
                yield Table(what["table"], what["fields"])


def _lines(path: Path, raw: BinaryIO) -> Iterator[tuple[bytes, Any]]:
    with gzip.open(raw) as file:
        try:
            for line in file:
                yield line, json.loads(line)
        except (EOFError, gzip.BadGzipFile, zlib.error, ValueError) as error:
            raise BadArchive(f"{path} is damaged or no backup: {error}") from None
