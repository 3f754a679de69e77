"""Enrol a kiosk without sending its unsent transactions to another hub."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, TypeAdapter, ValidationError

from kiosk.config import Config, ConfigError, load
from kiosk.config.fields import Section
from kiosk.config.models import Paths
from kiosk.journal.journal import Journal, JournalFailed
from kiosk.sync.enrolment import EnrolmentFailed, EnrolmentResult, enrol
from kiosk.sync.identity import IdentityFile, NotEnrolled
from kiosk.system.control_socket import CommandRefused, KioskSilent, ask
from kiosk.system.lazy_text import LazyText, sentence, translate
from kiosk.words import Words
from lending import atomic_file, request_signature
from lending.languages import usual


def enrol_kiosk(config: Config, code: str) -> EnrolmentResult:
    """Enrol. A hub with another key is refused while transactions of the previous hub are queued.

    Raises EnrolmentFailed.
    """
    if config.at_hub is None:
        raise EnrolmentFailed(
            sentence(
                "kiosk.toml names a SIP2 system at {address}: no kiosk is enrolled there, it signs in by central.user",
                address=config.central.address,
            )
        )
    return enrol(config.at_hub.url, code, config.paths.state, stays=lambda: _reason_to_stay(config.paths))


def unsent_rows(journal: Path, queued: int, whose: str) -> LazyText:
    """Return what prevents changing the hub, and what to do. `whose` is the previous hub's address, or empty."""
    facts = {"journal": journal, "n": queued, "aside": moved_aside(journal)}
    if whose:
        return sentence(
            "{journal} holds {n} transactions not yet sent to {hub}: reconnect the kiosk until they are sent, or "
            "export them with `sudo kiosk journal export --file {journal} --out FILE`, give the file to that "
            "library's staff, and move the journal aside: mv {journal} {aside}",
            hub=whose,
            **facts,
        )
    return sentence(
        "{journal} holds {n} transactions for another or an unknown hub: use that hub again, or export them with "
        "`sudo kiosk journal export --file {journal} --out FILE`, give the file to that library's staff, and move "
        "the journal aside: mv {journal} {aside}",
        **facts,
    )


def moved_aside(journal: Path) -> Path:
    """Return a free path next to the journal: the rows are kept there in case they are needed."""
    number = 1
    while (free := journal.with_name(f"{journal.name}.{number}")).exists():
        number += 1
    return free


def _reason_to_stay(paths: Paths) -> LazyText | None:
    """Return why the previous hub stays; None if nothing is queued. A running kiosk is asked for its count."""
    try:
        queued = _queue_length(paths)
    except (JournalFailed, CommandRefused) as failure:
        return sentence("the enrolment is unchanged. {why}; stop the kiosk first if it is running", why=failure)
    return sentence("the enrolment is unchanged. {why}", why=unsent_rows(paths.journal, queued, "")) if queued else None


def _queue_length(paths: Paths) -> int:
    try:
        return int(ask(paths.socket, "queue")["queued"])
    except KioskSilent:
        pass
    if not paths.journal.exists():
        return 0
    journal = Journal.open(paths.journal)
    try:
        return journal.counts().queued
    finally:
        journal.close_file()


class NotProvisioned(Exception):
    """Nothing was changed, or only what the text names. `args[0]` is a Sentence that says what to do."""


class PreviousRestored(NotProvisioned):
    """The kiosk's previous state was restored; the provisioning was not applied."""


@dataclass(frozen=True, slots=True)
class PreviousEnrolment:
    """Configuration and device id of an enrolled kiosk before its provisioning, which a refused code restores."""

    file: Path
    text: bytes = b""
    """Content of kiosk.toml; empty if this machine was no enrolled kiosk, so there is nothing to restore."""
    device: str = ""

    @classmethod
    def from_config(cls, file: Path) -> PreviousEnrolment:
        try:
            config, text = load(file), file.read_bytes()
        except (ConfigError, OSError):
            return cls(file)
        device = _device(config)
        return cls(file, text, device) if device else cls(file)

    def enrol(self, config: Config, code: str) -> EnrolmentResult:
        """Enrol. Raises PutBack if it was a kiosk before and stays that one, else EnrolmentFailed."""
        try:
            return enrol_kiosk(config, code)
        except EnrolmentFailed as failure:
            if not self.device or _device(config) not in ("", self.device):
                raise
            write_shared(self.file, self.text)
            raise PreviousRestored(sentence("{why}. {file} is unchanged", why=failure, file=self.file)) from failure


def write_shared(file: Path, text: bytes) -> None:
    """Write a file readable by owner and group: on a device root writes it and the kiosk reads it. Raises OSError."""
    atomic_file.write(file, text, 0o640)


def _device(config: Config) -> str:
    try:
        return IdentityFile(config.paths.state).load().device
    except NotEnrolled:
        return ""


ENROLMENT = "enrolment"


def _check_code(code: str) -> str:
    plain = request_signature.plain_code(code)
    if not request_signature.is_code(plain):
        raise ValueError(
            sentence(
                "has {n} characters: should be the 16 letters and digits on the hub's Kiosks page, such as "
                "7KQ2-M9XC-4TDA-0BWE",
                n=len(plain),
            )
        )
    return code


class Enrolment(Section):
    """[enrolment]: the one-time code, in a file written on a laptop; kiosk.toml never has it."""

    code: Annotated[str, AfterValidator(_check_code)]


BESIDE: Mapping[str, type[Section]] = {ENROLMENT: Enrolment}
"""Additional section for kiosk.config.load."""


REFUSAL = TypeAdapter(dict[str, str])
"""Why a file from the boot partition was refused, in each language of the screen."""


def keep_refusal(file: Path, failure: Exception) -> None:
    """Store the reason next to kiosk.toml. If the disk fails, only the log has it."""
    reason = {language: str(translate(failure, Words(language).say)) for language in usual()}
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_shared(_refusal_file(file), REFUSAL.dump_json(reason))


def forget_refusal(file: Path) -> None:
    """Delete the stored reason: the machine was provisioned since."""
    with contextlib.suppress(OSError):
        _refusal_file(file).unlink(missing_ok=True)


def stored_refusal(file: Path) -> dict[str, str] | None:
    """Return the stored reason; None if there is none."""
    try:
        return REFUSAL.validate_json(_refusal_file(file).read_bytes())
    except (OSError, ValidationError):
        return None


def _refusal_file(file: Path) -> Path:
    return file.with_name(f"{file.name}.refused")
