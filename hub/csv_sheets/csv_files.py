"""Detect the encoding of a sheet, and write refused rows into a file next to it."""

import csv
import io
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from lending.cells import quote_cell

OWN_SIGNS = re.compile("[\ue000-\uf8ff]")
"""Characters of the private use area, which appear en masse when Big5 is decoded as GB 18030."""
OFTEN = 0.8
"""Minimum share of GB 2312 characters among the double bytes of a Chinese text; other encodings have far fewer."""


def decode_sheet(raw: bytes) -> str | None:
    """Decode UTF-8, with or without BOM, or GB 18030; return None for other encodings."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = _gb18030(raw) or ""
    return text if "\0" not in text and (text or not raw) else None


def _gb18030(raw: bytes) -> str | None:
    """Decode strictly; refuse text that may be in another encoding, because names would be garbled."""
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        return None
    pairs = [pair for sign in text if len(pair := sign.encode("gb18030")) == 2]
    common = sum(0xA1 <= lead <= 0xF7 and trail >= 0xA1 for lead, trail in pairs)
    return text if common >= OFTEN * len(pairs) and not OWN_SIGNS.search(text) else None


def set_aside(path: Path, heading: Sequence[str], rows: Iterable[Sequence[str]]) -> Path:
    """Write the rows into a new file next to the sheet, readable by its owner only."""
    written = io.StringIO()
    csv.writer(written).writerows([quote_cell(cell) for cell in row] for row in (heading, *rows))
    return write_rejected(path, ".csv", written.getvalue().encode("utf-8-sig"))


def write_rejected(path: Path, suffix: str, content: bytes) -> Path:
    """Write what was refused of a file into a new one next to it, readable by its owner only."""
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
