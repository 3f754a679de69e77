"""Carries a provisioning out: kiosk.toml whole or not at all, a journal that loses nothing, an enrolment."""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.config import Config, ConfigError, load, render
from kiosk.journal import Journal, JournalFailed
from kiosk.sync import durable
from kiosk.sync.enrolment import Enrolled, enrol

Sections = Mapping[str, Mapping[str, Any]]
ENROLMENT = "enrolment"
"""The section of a file written on a laptop that holds the one-time code; it never comes into kiosk.toml."""


class NotProvisioned(Exception):
    """Nothing was changed, or what is named. `args[0]` is a sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Provisioned:
    """What was done, for whoever tells it."""

    config: Config
    journal_made: bool
    enrolled: Enrolled | None


def read(file: Path) -> dict[str, dict[str, Any]]:
    """The sections of a kiosk.toml, not yet judged; empty where there is none. Raises NotProvisioned."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise NotProvisioned(f"{file} cannot be read: {error}") from None


def provision(
    file: Path, sections: Sections, code: str = "", enrols: Callable[[str, str, Path], Enrolled] = enrol
) -> Provisioned:
    """Writes `file`, makes the journal where there is none, and enrols where a one-time code is given.

    Every fault of the configuration is told before anything is written. A journal that holds unsent transactions of
    another central stands in the way: they are its own. Raises NotProvisioned.
    """
    text = render({name: table for name, table in sections.items() if name != ENROLMENT})
    try:
        config = _judged(file, text)
        _keep_what_is_unsent(file, config)
        _write(file, text)
    except OSError as error:
        raise NotProvisioned(
            f"{error.filename or file} cannot be written: {error.strerror}. It wants root: sudo"
        ) from None
    made = _journal(config)
    enrolled = enrols(str(config.central.url), code, config.paths.state) if code else None
    return Provisioned(config, made, enrolled)


def forget_code(file: Path) -> None:
    """Takes the one-time code out of the file that was written on a laptop: it is used up."""
    sections = read(file)
    if sections.pop(ENROLMENT, None) is not None:
        _write(file, render(sections))


def _judged(file: Path, text: str) -> Config:
    """Relative paths start where the file will be. Raises NotProvisioned."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=file.parent, suffix=".toml", encoding="utf-8") as tried:
        tried.write(text)
        tried.flush()
        try:
            return load(Path(tried.name))
        except ConfigError as error:
            raise NotProvisioned(f"nothing was changed. {str(error).replace(tried.name, str(file))}") from None


def _keep_what_is_unsent(file: Path, config: Config) -> None:
    try:
        before = load(file)
    except ConfigError:
        return
    same = before.central.url == config.central.url and before.paths.journal == config.paths.journal
    if same or not before.paths.journal.exists():
        return
    try:
        journal = Journal.open(before.paths.journal)
    except JournalFailed as failure:
        raise NotProvisioned(f"nothing was changed. {failure}; stop the kiosk first if it runs") from None
    queued = journal.counts().queued
    journal.close_file()
    if queued:
        raise NotProvisioned(
            f"nothing was changed. {before.paths.journal} holds {queued} transactions that {before.central.url} has not"
            " got yet: let the kiosk reach it until they are sent,"
            " or take them out with `kiosk journal export --out FILE`, give the file to that library's staff,"
            f" and move the journal aside: mv {before.paths.journal} {_aside(before.paths.journal)}"
        )
    before.paths.journal.rename(_aside(before.paths.journal))


def _aside(journal: Path) -> Path:
    """A name beside the journal that nothing has yet: its rows are kept for whoever asks."""
    number = 1
    while (aside := journal.with_name(f"{journal.name}.{number}")).exists():
        number += 1
    return aside


def _journal(config: Config) -> bool:
    path = config.paths.journal
    try:
        Journal.create(path)
    except FileExistsError:
        return False
    return True


def _write(file: Path, text: str) -> None:
    """Readable by its owner, and by its group: on a device root writes it and the kiosk reads it."""
    durable.write(file, text.encode(), 0o640)
