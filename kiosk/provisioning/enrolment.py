"""Enrol a kiosk without sending its unsent transactions to another hub."""

from __future__ import annotations

from pathlib import Path

from kiosk.config import Config
from kiosk.config.models import Paths
from kiosk.journal.journal import Journal, JournalFailed
from kiosk.sync.enrolment import EnrolmentFailed, EnrolmentResult, enrol
from kiosk.system.control_socket import CommandRefused, KioskSilent, ask
from kiosk.system.lazy_text import LazyText, sentence


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


def waiting(journal: Path, queued: int, whose: str) -> LazyText:
    """Return what prevents changing the hub, and what to do. `whose` is the previous hub's address, or empty."""
    facts = {"journal": journal, "n": queued, "aside": aside(journal)}
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


def aside(journal: Path) -> Path:
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
    return sentence("the enrolment is unchanged. {why}", why=waiting(paths.journal, queued, "")) if queued else None


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
