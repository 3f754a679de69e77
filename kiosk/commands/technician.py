"""Implement `kiosk technician`: add a technician to kiosk.toml by changing one line."""

from __future__ import annotations

import json
import re
import stat
import sys
import tomllib
from pathlib import Path
from typing import Any

from kiosk.commands.prompts import secret
from lending import atomic_file
from lending.technician_codes import hash_code

SECTION = "technicians"
HEADER = re.compile(rf"""^[ \t]*\[[ \t]*(?:{SECTION}|"{SECTION}"|'{SECTION}')[ \t]*\][^\n]*(?:\n|\Z)""", re.MULTILINE)
ANY_HEADER = re.compile(r"^[ \t]*\[", re.MULTILINE)
LONGEST_NAME = 80


class NotWritten(Exception):
    """The file was not changed. `args[0]` is a sentence."""


def run(name: str, file: Path) -> int:
    """Ask for a code and store its hash in the file: 0, or 1 with a sentence."""
    try:
        known = _read_technicians(file)
        code = secret(f"Code of {name}, 6 to 12 digits", "Once more")
        if not code:
            raise NotWritten("the two codes differ or are empty: nothing was changed")
        _put(file, name, hash_code(code))
    except (NotWritten, ValueError) as fault:
        print(fault, file=sys.stderr)
        return 1
    except (KeyboardInterrupt, EOFError):
        print("\nstopped: nothing was changed", file=sys.stderr)
        return 1
    except FileNotFoundError:
        print(f"{file} does not exist: create it with `sudo kiosk provision`", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"Cannot change {file}: {error.strerror}. Run the command with sudo", file=sys.stderr)
        return 1
    done = f"{name} has another code" if name in known else f"{name} is added"
    print(f"{file}: {done}. To apply it, run: sudo systemctl restart kiosk")
    return 0


def _read_technicians(file: Path) -> dict[str, Any]:
    """Return the file's technicians. Raises NotWritten, OSError."""
    try:
        known = tomllib.loads(file.read_bytes().decode()).get(SECTION, {})
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise NotWritten(f"{file} cannot be read and was not changed: {error}") from None
    if not isinstance(known, dict):
        raise NotWritten(f"{file}: {SECTION} is not a section; nothing was changed")
    return known


def _put(file: Path, name: str, kept: str) -> None:
    """Write the file with the technician's line added or replaced. Raises NotWritten, OSError."""
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise NotWritten(f"{name!r} is not a valid name: use 1 to {LONGEST_NAME} printable characters")
    before = file.read_bytes().decode()
    after = _with_line(before, name, f"{json.dumps(name, ensure_ascii=False)} = {json.dumps(kept)}")
    wanted = tomllib.loads(before)
    wanted[SECTION] = {**wanted.get(SECTION, {}), name: kept}
    if not _says(after, wanted):
        raise NotWritten(f"{file} defines its technicians in another form and was not changed: add the line by hand")
    atomic_file.write(file, after.encode(), stat.S_IMODE(file.stat().st_mode))


def _with_line(text: str, name: str, line: str) -> str:
    end = "\r\n" if "\r\n" in text else "\n"
    header = HEADER.search(text)
    if header is None:
        whole = text if not text or text.endswith("\n") else text + end
        return f"{whole}{end if whole else ''}[{SECTION}]{end}{line}{end}"
    start = header.end()
    head = text[:start] if text[:start].endswith("\n") else text[:start] + end
    following = ANY_HEADER.search(text, start)
    stop = following.start() if following else len(text)
    lines = text[start:stop].splitlines(keepends=True)
    others = "".join(each for each in lines if name not in _keys(each))
    return f"{head}{line}{end}{others}{text[stop:]}"


def _keys(line: str) -> list[str]:
    try:
        return list(tomllib.loads(line))
    except tomllib.TOMLDecodeError:
        return []


def _says(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        return False
