"""Reads CSV sheets as people send them, and says which row is bad and why; knows no table."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path


class BadSheet(Exception):
    """The sheet as a whole cannot be used; the text says why."""


class BadRow(Exception):
    """A row cannot be used; the text says which column and why."""


@dataclass(slots=True)
class Plan:
    """What an import would do, or has done."""

    added: int = 0
    updated: int = 0
    bad: list[tuple[int, str]] = field(default_factory=list)


def rows(path: Path, needed: Sequence[str], known: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yields each row with its number in the sheet (the heading is row 1), its cells trimmed.

    UTF-8 with or without mark, else GB 18030. Raises BadSheet on a missing or unknown column.
    """
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", errors="replace")
    reader = csv.DictReader(io.StringIO(text))
    columns = [name.strip() for name in reader.fieldnames or ()]
    reader.fieldnames = columns
    if missing := [name for name in needed if name not in columns]:
        raise BadSheet(f"{path}: the heading lacks {', '.join(missing)}; known columns are {', '.join(known)}")
    if strange := [name for name in columns if name not in known]:
        raise BadSheet(f"{path}: unknown column {', '.join(strange)}; known columns are {', '.join(known)}")
    for number, row in enumerate(reader, start=2):
        yield number, {name: (row.get(name) or "").strip() for name in known}


def filled(row: dict[str, str], column: str, longest: int) -> str:
    """The cell's text. Raises BadRow when it is empty, too long, or holds control characters."""
    text = row[column]
    if not text:
        raise BadRow(f"{column} is empty")
    if len(text) > longest:
        raise BadRow(f"{column} has {len(text)} characters, at most {longest} are allowed")
    if not text.isprintable():
        raise BadRow(f"{column} holds a character that cannot be printed")
    return text
