"""Apply a provisioning: write kiosk.toml atomically, create the journal, prepare the enrolment.

Unsent transactions of an existing journal are protected.
"""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.central import CentralUnavailable
from kiosk.config import Config, ConfigError, load, render
from kiosk.config.central import HubCentral
from kiosk.config.file import UTF_8
from kiosk.journal.journal import Journal, JournalFailed
from kiosk.provisioning.enrolment import aside, waiting
from kiosk.provisioning.enrolment_code import BESIDE, ENROLMENT
from kiosk.provisioning.previous_enrolment import NotProvisioned, PreviousEnrolment, write
from kiosk.sync.hub_client import is_hub_at
from kiosk.sync.identity import IdentityFile, NotEnrolled
from kiosk.system.lazy_text import LazyText, sentence

Sections = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class ProvisioningResult:
    """What was done, for the report."""

    config: Config
    journal_made: bool
    before: PreviousEnrolment
    """Enrols the kiosk, or restores the previous state."""


def read(file: Path) -> dict[str, dict[str, Any]]:
    """Return the sections of a kiosk.toml, unvalidated; empty if there is no file. Raises NotProvisioned."""
    try:
        return tomllib.loads(file.read_text(encoding=UTF_8))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise NotProvisioned(sentence("Cannot read {file}: {why}", file=file, why=error)) from None


def provision(file: Path, sections: Sections, source: Path | None = None) -> ProvisioningResult:
    """Write `file` after validation, and create the journal if there is none.

    A journal with unsent transactions of another central prevents this, as does one of unknown origin. A hub that only
    moved to another address proves by its key that it is the same.

    Args:
        file: Path of kiosk.toml.
        sections: Its content.
        source: File to name in messages, if not `file`.

    Raises:
        NotProvisioned: With every fault of the configuration; nothing was written.
    """
    filled = {name: table for name, table in sections.items() if table}
    text = render({name: table for name, table in filled.items() if name != ENROLMENT})
    before = PreviousEnrolment.from_config(file)
    try:
        config = _validate(file, render(filled), source or file)
        _keep_what_is_unsent(file, config)
        write(file, text.encode())
    except OSError as error:
        raise NotProvisioned(
            sentence(
                "Cannot write {file}: {why}. Run the command with sudo", file=error.filename or file, why=error.strerror
            )
        ) from None
    return ProvisioningResult(config, _journal(config), before)


def stamp(file: Path) -> None:
    """Write a stamp next to kiosk.toml that this machine is provisioned: the boot partition's file is not read again.

    A kiosk without a hub has no identity that would show this. Raises NotProvisioned.
    """
    stamped = file.with_name(f"{file.name}.provisioned")
    try:
        write(stamped, b"This machine is provisioned. Delete this file to have the boot partition's taken again.\n")
    except OSError as error:
        raise NotProvisioned(sentence("Cannot write {file}: {why}", file=stamped, why=error.strerror)) from None


def unfinished_path(file: Path) -> Path:
    """Return the path next to kiosk.toml of answers that were not applied."""
    return file.with_name(f"{file.name}.unfinished")


def keep_for_later(file: Path, sections: Sections) -> Path:
    """Store answers that were not applied. Raises OSError."""
    kept = unfinished_path(file)
    write(kept, render({name: table for name, table in sections.items() if table}).encode())
    return kept


def forget_code(file: Path) -> None:
    """Remove the one-time code, which is used up, from the file that was written on a laptop."""
    sections = read(file)
    if sections.pop(ENROLMENT, None) is not None:
        write(file, render(sections).encode())


def _validate(file: Path, text: str, named: Path) -> Config:
    """Validate; relative paths start at `file`. Raises NotProvisioned with the faults as those of `explain`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=file.parent, suffix=".toml", encoding="utf-8") as tried:
        tried.write(text)
        tried.flush()
        try:
            return load(Path(tried.name), sections=BESIDE, shown_path=named)
        except ConfigError as error:
            raise NotProvisioned(sentence("nothing was changed. {why}", why=error)) from None


def _keep_what_is_unsent(file: Path, config: Config) -> None:
    journal, hub = _previous_journal(file, config)
    if not journal.exists():
        return
    doubt = None if hub == config.central.address else _doubt(config)
    if journal == config.paths.journal and doubt is None:
        return
    try:
        opened = Journal.open(journal)
    except JournalFailed as failure:
        raise NotProvisioned(
            sentence("nothing was changed. {why}; stop the kiosk first if it is running", why=failure)
        ) from None
    queued = opened.counts().queued
    opened.close_file()
    if queued:
        why = waiting(journal, queued, hub)
        if doubt is not None and hub:
            why = sentence("{doubt}. {why}", why=why, doubt=doubt)
        raise NotProvisioned(sentence("nothing was changed. {why}", why=why))
    journal.rename(aside(journal))


def _doubt(config: Config) -> LazyText | None:
    """Return why the hub at the configured address is not proved to be the one that enrolled the kiosk; else None."""
    url = config.central.address
    unproved = sentence("the server at {url} cannot prove that it is that hub", url=url)
    if not isinstance(config.central, HubCentral):
        return unproved
    try:
        identity = IdentityFile(config.paths.state).load()
        return None if is_hub_at(url, identity.hub_key) else unproved
    except NotEnrolled:
        return unproved
    except CentralUnavailable:
        return sentence(
            "{url} does not respond: if it is the same hub at a new address, it proves this once it responds", url=url
        )


def _previous_journal(file: Path, config: Config) -> tuple[Path, str]:
    """Return the existing journal and its hub's address, from kiosk.toml or else from the kiosk's identity."""
    try:
        before = load(file)
    except ConfigError:
        pass
    else:
        return before.paths.journal, before.central.address
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
