"""Keep uploaded files for a day: one folder for each import in the state directory, readable by the hub only.

A folder holds the file as uploaded, the first rows of the dry run (`plan.json`), what undoes the import (`undo.json`),
the number of rows done (`progress`) and the refused rows. They may contain patron data, so none of it is in the
database and in backups.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
import zlib
from collections.abc import Iterable, Iterator, Set
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from django.conf import settings

from lending import atomic_file

TITLES, ITEMS, PATRONS = "titles", "items", "patrons"
"""Values of `FileImport.Kind`."""
FOLDER, SHEET, RECORDS = "uploads", "file.csv", "file.mrc"
REJECTED, REJECTED_RECORDS = "file.rejected.csv", "file.rejected.mrc"
"""The refused rows or records, as the import writes them next to the file."""
NEW = "new-"
"""Begins the name of a folder whose file is being checked."""
PLAN, UNDO, PROGRESS = "plan.json", "undo.json", "progress"
KEPT = timedelta(days=1)
"""Time after which a folder is deleted."""
ZIP, GZIP, OLE = b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0"
"""First bytes of a zip archive or new Excel workbook, of a gzip file, and of an old Excel workbook."""


class UnpacksToTooMuch(Exception):
    """A gzip file is larger than allowed once it is unpacked."""


class DamagedGzip(Exception):
    """A gzip file cannot be unpacked."""


def root() -> Path:
    """Return the folder of all uploads."""
    return Path(settings.STATE) / FOLDER


def folder(pk: int) -> Path:
    """Return the folder of an import."""
    return root() / str(pk)


def unpack(content: bytes, most: int) -> bytes:
    """Unpack a gzip file.

    Args:
        content: The file.
        most: Bytes at which unpacking stops, so that a small file cannot fill the memory.

    Raises:
        UnpacksToTooMuch: It has more bytes than `most`.
        DamagedGzip: It is no complete gzip file.
    """
    found, rest = b"", content
    while rest.startswith(GZIP):  # RFC 1952 allows several members one after the other
        reader = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            found += reader.decompress(rest, most + 1 - len(found))
        except zlib.error as error:
            raise DamagedGzip from error
        if len(found) > most:
            raise UnpacksToTooMuch
        if not reader.eof:
            raise DamagedGzip
        rest = reader.unused_data
    return found


def digest(content: bytes) -> str:
    """Return the hash by which a repeated upload is recognised."""
    return hashlib.sha256(content).hexdigest()


def file_name(kind: str) -> str:
    """Return the name of an import's file in its folder."""
    return RECORDS if kind == TITLES else SHEET


def rejected_file(pk: int, kind: str) -> Path | None:
    """Return the file of what an import has refused, or None if it refused nothing."""
    path = folder(pk) / (REJECTED_RECORDS if kind == TITLES else REJECTED)
    return path if path.exists() else None


@contextmanager
def new_folder() -> Iterator[Path]:
    """Yield a folder for a file that is not accepted yet; it is deleted unless it was renamed."""
    root().mkdir(mode=0o700, exist_ok=True)
    fresh = Path(mkdtemp(prefix=NEW, dir=root()))
    try:
        yield fresh
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def keep(fresh: Path, pk: int) -> None:
    """Make a new folder that of an import. One with its key may remain from before a restore of the database."""
    delete(pk)
    fresh.rename(folder(pk))


def write_json(where: Path, name: str, value: Any) -> None:
    """Replace a file in the folder of an import."""
    atomic_file.write(where / name, json.dumps(value, ensure_ascii=False).encode())


def read_json(pk: int, name: str) -> Any:
    """Return what a file of an import says, or None if it was deleted."""
    try:
        return json.loads((folder(pk) / name).read_bytes())
    except FileNotFoundError:
        return None


def delete(pk: int) -> None:
    """Delete an import's folder."""
    shutil.rmtree(folder(pk), ignore_errors=True)


def delete_file(pk: int, name: str) -> None:
    """Delete one file of an import."""
    (folder(pk) / name).unlink(missing_ok=True)


def progress_of(pk: int) -> int:
    """Return the number of rows that a running import has done."""
    try:
        return int((folder(pk) / PROGRESS).read_text() or "0")
    except FileNotFoundError:
        return 0


def folders() -> list[Path]:
    """Return the folders of all uploads."""
    return list(root().glob("*"))


def delete_others(there: Iterable[Path], kept: Set[int]) -> None:
    """Delete those of the folders that are not of an import in `kept`, except new ones."""
    for each in there:
        is_new = each.name.startswith(NEW) and time.time() - each.stat().st_mtime < KEPT.total_seconds()
        if not is_new and each.name not in {str(pk) for pk in kept}:
            shutil.rmtree(each, ignore_errors=True)
