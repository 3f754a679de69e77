"""Enrols a kiosk without taking its unsent transactions to another hub; knows no transaction."""

from __future__ import annotations

from pathlib import Path

from kiosk.config import Config
from kiosk.config.models import Paths
from kiosk.journal.journal import Journal, JournalFailed
from kiosk.sync.enrolment import Enrolled, EnrolmentFailed, enrol
from kiosk.system.control_socket import CommandRefused, KioskSilent, ask
from kiosk.system.lazy_text import LazyText, sentence


def enrol_kiosk(config: Config, code: str) -> Enrolled:
    """A hub of another key than the one before is refused while transactions wait. Raises EnrolmentFailed."""
    if config.at_hub is None:
        raise EnrolmentFailed(
            sentence(
                "kiosk.toml names a SIP2 system at {address}: no kiosk is enrolled there, it signs in by central.user",
                address=config.central.address,
            )
        )
    return enrol(config.at_hub.url, code, config.paths.state, stays=lambda: _why_it_stays(config.paths))


def waiting(journal: Path, queued: int, whose: str) -> LazyText:
    """What stands in the way of another hub, and what to do with it. `whose` is the address of theirs, or empty."""
    facts = {"journal": journal, "n": queued, "aside": aside(journal)}
    if whose:
        return sentence(
            "{journal} holds {n} transactions that {hub} has not got yet: let the kiosk reach it until they are sent,"
            " or take them out with `sudo kiosk journal export --file {journal} --out FILE`, give the file to that"
            " library's staff, and move the journal aside: mv {journal} {aside}",
            hub=whose,
            **facts,
        )
    return sentence(
        "{journal} holds {n} transactions that were made for another hub, or nothing tells for which: let the kiosk go"
        " on with that one, or take them out with `sudo kiosk journal export --file {journal} --out FILE`, give the"
        " file to that library's staff, and move the journal aside: mv {journal} {aside}",
        **facts,
    )


def aside(journal: Path) -> Path:
    """A name beside the journal that nothing has yet: its rows are kept for whoever asks."""
    number = 1
    while (free := journal.with_name(f"{journal.name}.{number}")).exists():
        number += 1
    return free


def _why_it_stays(paths: Paths) -> LazyText | None:
    """None where nothing waits. A kiosk that runs is asked: its journal has one owner."""
    try:
        queued = _queued(paths)
    except (JournalFailed, CommandRefused) as failure:
        return sentence("it stays enrolled as it was. {why}; stop the kiosk first if it runs", why=failure)
    return sentence("it stays enrolled as it was. {why}", why=waiting(paths.journal, queued, "")) if queued else None


def _queued(paths: Paths) -> int:
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
