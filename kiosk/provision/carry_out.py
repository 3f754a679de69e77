"""Carries a provisioning out: kiosk.toml whole or not at all, a journal that loses nothing, an enrolment."""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.config import Config, ConfigError, load, render
from kiosk.journal import Journal, JournalFailed
from kiosk.provision.enrolling import aside, enrol_kiosk, waiting
from kiosk.sync import durable
from kiosk.sync.enrolment import Enrolled
from kiosk.sync.identity import IdentityFile, NotEnrolled

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


def provision(file: Path, sections: Sections, code: str = "") -> Provisioned:
    """Writes `file`, makes the journal where there is none, and enrols where a one-time code is given.

    Every fault of the configuration is told before anything is written. A journal that holds unsent transactions of
    another central stands in the way: they are its own, and so are those of which nothing tells whose they are.
    Raises NotProvisioned.
    """
    text = render({name: table for name, table in sections.items() if name != ENROLMENT and table})
    try:
        config = _judged(file, text)
        _keep_what_is_unsent(file, config)
        _write(file, text)
    except OSError as error:
        raise NotProvisioned(
            f"{error.filename or file} cannot be written: {error.strerror}. It wants root: sudo"
        ) from None
    made = _journal(config)
    enrolled = enrol_kiosk(config, code) if code else None
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
    journal, whose = _before(file, config)
    same = whose == config.central.url and journal == config.paths.journal
    if same or not journal.exists():
        return
    try:
        opened = Journal.open(journal)
    except JournalFailed as failure:
        raise NotProvisioned(f"nothing was changed. {failure}; stop the kiosk first if it runs") from None
    queued = opened.counts().queued
    opened.close_file()
    if queued:
        raise NotProvisioned(f"nothing was changed. {waiting(journal, queued, whose)}")
    journal.rename(aside(journal))


def _before(file: Path, config: Config) -> tuple[Path, str]:
    """The journal that is there, and the address of its hub: by kiosk.toml, else by whom the kiosk is enrolled."""
    try:
        before = load(file)
    except ConfigError:
        pass
    else:
        return before.paths.journal, before.central.url
    try:
        return config.paths.journal, IdentityFile(config.paths.state).load().hub
    except NotEnrolled:
        return config.paths.journal, ""


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
