"""Read and write the backup format: a gzip file of JSON lines, verified whole before it is used.

It may be encrypted to a public key whose private half the hub does not have. Source: age-encryption.org/v1, by the
library pyrage.
"""

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
from threading import Thread
from typing import Any, BinaryIO
from uuid import UUID

import pyrage

from hub.core.backup_files import PUBLIC_KEY
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
class BackupTable:
    """Model and fields of the rows that follow."""

    model: str
    fields: Sequence[str]


class BackupWriter:
    """Write line by line, and the digest of all lines at the end."""

    def __init__(self, file: gzip.GzipFile, head: Head) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.rows = 0
        self._line({"kiosk_hub_backup": FORM, **asdict(head)})

    def table(self, table: BackupTable) -> None:
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
def open_backup_writer(path: Path, head: Head, *, overwrite: bool, public: str = "") -> Iterator[BackupWriter]:
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
                encrypting_writer(raw, public) if public else nullcontext(raw) as out,
                gzip.GzipFile(fileobj=out, mode="wb", compresslevel=QUICK) as file,
            ):
                writer = BackupWriter(file, head)
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


def contents(path: Path) -> Iterator[BackupTable | list[object]]:
    """Yield the tables, each before its rows. The file must have been checked before."""
    with reading("read the backup", path) as raw:
        for _line, what in _lines(path, raw):
            if isinstance(what, list):
                yield what
            elif "table" in what:
                yield BackupTable(what["table"], what["fields"])


def _lines(path: Path, raw: BinaryIO) -> Iterator[tuple[bytes, Any]]:
    with gzip.open(raw) as file:
        try:
            for line in file:
                yield line, json.loads(line)
        except (EOFError, gzip.BadGzipFile, zlib.error, ValueError) as error:
            raise BadArchive(f"{path} is damaged or no backup: {error}") from None


BEGINS = b"age-encryption.org/v1"


class NoKey(Exception):
    """The key file does not decrypt the backup. `args[0]` says why and what to do."""


def new_key(path: Path, directory: Path) -> str:
    """Write a new private key to a new file, and the public key into the state directory.

    Returns:
        The public key.

    Raises:
        FileExistsError: The file exists already.
        OSError: A file cannot be written.
    """
    identity = pyrage.x25519.Identity.generate()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"# opens the hub's backups; keep it away from the hub\n{identity}\n")
        file.flush()
        os.fsync(file.fileno())
    public = str(identity.to_public())
    atomic_file.write(directory / PUBLIC_KEY, f"{public}\n".encode("ascii"))
    return public


@contextmanager
def encrypting_writer(raw: BinaryIO, public: str) -> Iterator[BinaryIO]:
    """Yield a file whose content is written encrypted to `raw`, never in clear to the disk."""
    ends = os.pipe()
    reading, writing = os.fdopen(ends[0], "rb"), os.fdopen(ends[1], "wb")
    failed: list[Exception] = []

    def encrypt() -> None:
        with reading:
            try:
                pyrage.encrypt_io(reading, raw, [pyrage.x25519.Recipient.from_str(public)])
            except Exception as error:  # noqa: BLE001 - raised again in the writing thread
                failed.append(error)

    worker = Thread(target=encrypt)
    worker.start()
    try:
        with writing:
            yield writing
    finally:
        worker.join()
    if failed:
        raise OSError(f"the backup cannot be encrypted to {public}: {failed[0]}")


@contextmanager
def decrypted_backup(path: Path, key: Path | None, directory: Path) -> Iterator[Path]:
    """Yield the backup in clear: the file itself, or a copy decrypted with the key file.

    Args:
        path: The backup.
        key: File of the private key; None for an unencrypted backup.
        directory: The folder whose disk holds the copy. It has no name there, so that a kill leaves none behind.

    Raises:
        NoKey: The backup is encrypted and the key is missing or wrong.
        OSError: A file cannot be read or written.
    """
    with path.open("rb") as file:
        if file.read(len(BEGINS)) != BEGINS:
            yield path
            return
    if key is None:
        raise NoKey(f"{path} is encrypted: name the file of its key with --key")
    with tempfile.TemporaryFile(dir=directory) as clear:
        try:
            with reading("decrypt", path) as sealed_file:
                pyrage.decrypt_io(sealed_file, clear, [pyrage.x25519.Identity.from_str(_private_key(key))])
        except (pyrage.DecryptError, pyrage.IdentityError, ValueError) as error:
            raise NoKey(f"{key} does not open {path}: {error}") from None
        clear.flush()
        yield Path(f"/proc/self/fd/{clear.fileno()}")


def _private_key(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((each.strip() for each in lines if each.strip() and not each.startswith("#")), "")
