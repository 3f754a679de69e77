"""Finds how a sheet's text is written, and puts rows that were refused into a sheet of their own; judges no row."""

import csv
import io
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from lending.cells import quoted

OWN_SIGNS = re.compile("[\ue000-\uf8ff]")
"""Signs that no standard knows: Big 5 read as GB 18030 is full of them."""
OFTEN = 0.8
"""So many of the double bytes of a Chinese text in GB 18030 are signs of GB 2312; of other encodings far fewer are."""


def decoded(raw: bytes) -> str | None:
    """The text in UTF-8, with or without mark, or in GB 18030; None where it is neither."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = _gb18030(raw) or ""
    return text if "\0" not in text and (text or not raw) else None


def _gb18030(raw: bytes) -> str | None:
    """Strictly; and what could as well be another encoding is none: its names would become other names."""
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        return None
    pairs = [pair for sign in text if len(pair := sign.encode("gb18030")) == 2]
    common = sum(0xA1 <= lead <= 0xF7 and trail >= 0xA1 for lead, trail in pairs)
    return text if common >= OFTEN * len(pairs) and not OWN_SIGNS.search(text) else None


def set_aside(path: Path, heading: Sequence[str], rows: Iterable[Sequence[str]]) -> Path:
    """Writes the rows beside the sheet, readable by their owner alone; a file that is there is left alone."""
    written = io.StringIO()
    csv.writer(written).writerows([quoted(cell) for cell in row] for row in (heading, *rows))
    return beside(path, ".csv", written.getvalue().encode("utf-8-sig"))


def beside(path: Path, suffix: str, content: bytes) -> Path:
    """Writes what was refused of a file into a fresh one beside it, readable by its owner alone."""
    number = 1
    while True:
        fresh = path.with_name(f"{path.stem}.rejected{f'-{number}' if number > 1 else ''}{suffix}")
        try:
            handle = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            number += 1
            continue
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        return fresh
