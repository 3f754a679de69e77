"""Implement `kiosk provision`: set up a kiosk at a terminal, or from a file written elsewhere."""

from __future__ import annotations

import asyncio
import queue
import sys
import tempfile
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from getpass import getpass
from pathlib import Path
from typing import Any

from kiosk.central import CentralUnavailable
from kiosk.config import Config, ConfigError, load
from kiosk.config.central import HubCentral
from kiosk.config.file import UTF_8
from kiosk.events import CardPresented, DropSensed, Event, ItemScanned, KeyPressed, PileSeen
from kiosk.hardware.camera import cameras
from kiosk.hardware.driver_factory import open_parts
from kiosk.hardware.self_tests import SHINE, PartSelfTests, sample_receipt
from kiosk.journal.journal import Journal, JournalFailed
from kiosk.provisioning import enrolment
from kiosk.provisioning.detected_parts import DetectedParts, NotDetected
from kiosk.provisioning.enrolment import (
    BESIDE,
    ENROLMENT,
    NotProvisioned,
    PreviousEnrolment,
    moved_aside,
    unsent_rows,
    write_shared,
)
from kiosk.provisioning.wizard import Terminal, Wizard
from kiosk.sync.enrolment import EnrolmentFailed, EnrolmentResult
from kiosk.sync.hub_client import is_hub_at
from kiosk.sync.identity import IdentityFile, NotEnrolled
from kiosk.system.control_socket import KioskSilent, ask
from kiosk.system.health import ABSENT, Condition, Health, PartName, PartState
from kiosk.system.host_info import HostInfo
from kiosk.system.lazy_text import LazyText, sentence, translate
from kiosk.views import LABELS
from kiosk.words import Words
from kiosk.words.terminal import language
from lending.toml_text import render

PATIENCE = 20.0
"""Seconds in which a card, label or key must be presented."""
OPENING = 5.0
SHOW: Mapping[PartName, type[Event]] = {
    PartName.CARD_READER: CardPresented,
    PartName.BARCODE_SCANNER: ItemScanned,
    PartName.KEYS: KeyPressed,
    PartName.BIN: DropSensed,
    PartName.ITEM_PAD: PileSeen,
}
WATCH = (PartName.RECEIPT_PRINTER, PartName.LIGHTS, PartName.SECURITY_GATE)
"""Parts whose effect the technician must see or hear."""


def try_parts(
    config: Config, terminal: Terminal, words: Words, patience: float = PATIENCE, shine: float = SHINE
) -> list[PartName]:
    """Open the parts, test each that is fitted, and return those that failed."""
    events: queue.Queue[Event] = queue.Queue()
    health = Health(lambda part, state: None)
    parts = open_parts(config, events.put, health)
    parts.viewfinder.want(LABELS)
    names = list(config.library.names.model_dump(exclude_none=True).values())
    trials = PartSelfTests(parts, lambda: sample_receipt(names), shine)
    try:
        return [
            part
            for part in (*SHOW, *WATCH)
            if not _works(part, _state(health, part), terminal, words, events, trials, patience)
        ]
    finally:
        parts.close()


def _sentence(words: Words, part: PartName) -> str:
    """Return what the technician has to do or to watch."""
    return {
        PartName.CARD_READER: words.say("Place a card on the reader now."),
        PartName.BARCODE_SCANNER: words.say("Scan a book's label now."),
        PartName.KEYS: words.say("Press one of the 4 keys now."),
        PartName.BIN: words.say("Drop an item into the bin now."),
        PartName.ITEM_PAD: words.say("Place a tagged book on the item pad now."),
        PartName.RECEIPT_PRINTER: words.say("It prints a test receipt. Is it clean and cut?"),
        PartName.LIGHTS: words.say("The lights show every signal. Do all of them light up?"),
        PartName.SECURITY_GATE: words.say("The gate lets 1 book pass. Does its relay click?"),
    }[part]


def _state(health: Health, part: PartName) -> PartState:
    """Return the part's state, once it has had time to open."""
    end = time.monotonic() + OPENING
    unheard = PartState(Condition.FAULTY, "time_out")
    while (state := health.states.get(part, unheard)) == unheard and time.monotonic() < end:
        time.sleep(0.02)
    return state


def _works(
    part: PartName,
    state: PartState,
    terminal: Terminal,
    words: Words,
    events: queue.Queue[Event],
    trials: PartSelfTests,
    patience: float,
) -> bool:
    if state == ABSENT:
        return True
    if state.condition is Condition.FAULTY:
        terminal.tell(f"{words.part(part)}: {words.part_state(state)}. {words.mending(part, state)}")
        return False
    if part in SHOW:
        terminal.tell(f"{words.part(part)}: {_sentence(words, part)} ({patience:.0f} s)")
        seen = _wait_for(SHOW[part], events, patience)
        terminal.tell("  " + (words.say("It works.") if seen else words.say("Nothing received.")))
        return seen
    failed = asyncio.run(trials.try_part(part)).failed
    either = words.say("y or n")
    answer = "n" if failed else terminal.ask(f"{words.part(part)}: {_sentence(words, part)} {either}", "y")
    return answer.lower().startswith("y")


def _wait_for(wanted: type[Event], events: queue.Queue[Event], patience: float) -> bool:
    end = time.monotonic() + patience
    while (left := end - time.monotonic()) > 0:
        try:
            if isinstance(events.get(timeout=left), wanted):
                return True
        except queue.Empty:
            break
    return False


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
        write_shared(file, text.encode())
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
        write_shared(
            stamped, b"This machine is provisioned. Delete this file to have the boot partition's taken again.\n"
        )
    except OSError as error:
        raise NotProvisioned(sentence("Cannot write {file}: {why}", file=stamped, why=error.strerror)) from None


def unfinished_path(file: Path) -> Path:
    """Return the path next to kiosk.toml of answers that were not applied."""
    return file.with_name(f"{file.name}.unfinished")


def keep_for_later(file: Path, sections: Sections) -> Path:
    """Store answers that were not applied. Raises OSError."""
    kept = unfinished_path(file)
    write_shared(kept, render({name: table for name, table in sections.items() if table}).encode())
    return kept


def forget_code(file: Path) -> None:
    """Remove the one-time code, which is used up, from the file that was written on a laptop."""
    sections = read(file)
    if sections.pop(ENROLMENT, None) is not None:
        write_shared(file, render(sections).encode())


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
        why = unsent_rows(journal, queued, hub)
        if doubt is not None and hub:
            why = sentence("{doubt}. {why}", why=why, doubt=doubt)
        raise NotProvisioned(sentence("nothing was changed. {why}", why=why))
    journal.rename(moved_aside(journal))


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


class Keyboard:
    """The terminal at which the command was started."""

    def tell(self, text: str) -> None:
        print(text)

    def ask(self, question: str, default: str) -> str:
        return input(f"{question} [{default}]: ").strip() or default

    def ask_secretly(self, question: str) -> str:
        return getpass(f"{question}: ")


def run(file: Path, source: Path | None, terminal: Terminal | None = None, found: DetectedParts | None = None) -> int:
    """Provision: 0 if the kiosk can be started, else 1 with a sentence. With `source` no question is asked."""
    terminal, words = terminal or Keyboard(), Words(language())
    try:
        if source is not None:
            return _from_file(file, source, terminal, words, found or DetectedParts(speech=words))
        enrolment.forget_refusal(file)
        return _run_wizard(file, terminal, found or DetectedParts(cameras=cameras, speech=words), words)
    except (NotProvisioned, EnrolmentFailed) as failure:
        print(translate(failure, words.say), file=sys.stderr)
        if source is not None:
            enrolment.keep_refusal(file, failure)
        return 1
    except (KeyboardInterrupt, EOFError):
        print("\n" + words.say("stopped: only what is listed above was done"), file=sys.stderr)
        return 1


def _from_file(file: Path, source: Path, terminal: Terminal, words: Words, found: DetectedParts) -> int:
    """Provision from a file; settings that it lacks keep their previous values."""
    given = read(source)
    if not given:
        raise NotProvisioned(sentence("{file} does not exist or is empty", file=source))
    try:
        given = found.fill_in(given)
    except NotDetected as fault:
        raise NotProvisioned(sentence("nothing was changed. {file}: {why}", file=source, why=fault)) from None
    done = provision(file, read(file) | given, source)
    code = str(given.get(ENROLMENT, {}).get("code", ""))
    enrolled = done.before.enrol(done.config, code) if code else None
    stamp(file)
    enrolment.forget_refusal(file)
    _tell(done, file, terminal, words)
    if enrolled is not None:
        _tell_enrolled(enrolled, terminal, words)
        _delete_code(source, terminal, words)
    return 0


def _delete_code(source: Path, terminal: Terminal, words: Words) -> None:
    try:
        forget_code(source)
    except OSError as error:
        terminal.tell(
            words.say(
                "The code stays in {file} ({why}). It is used up and enrols no other device.",
                file=source,
                why=error.strerror,
            )
        )


def _run_wizard(file: Path, terminal: Terminal, found: DetectedParts, words: Words) -> int:
    machine = HostInfo()
    if machine.model is not None and not machine.supported:
        terminal.tell(
            words.say("{model} is not supported: take a Raspberry Pi 4 (2 GB or more) or 5.", model=machine.model)
        )
    before = _previous_answers(file, terminal, words)
    terminal.tell(words.say("Press Enter to keep the answer in brackets. Answers are written to {file}.", file=file))
    sections = _answers(file, Wizard(terminal, found, before, words), terminal, words)
    try:
        failed = _carried_out(file, sections, terminal, words, again=bool(before))
    except NotProvisioned:
        _keep(file, sections, terminal, words)
        raise
    unfinished_path(file).unlink(missing_ok=True)
    stamp(file)
    terminal.tell(
        words.say("After enrolment the kiosk starts automatically within seconds. If not, run `systemctl start kiosk`.")
    )
    return int(failed)


def _answers(file: Path, wizard: Wizard, terminal: Terminal, words: Words) -> dict[str, dict[str, Any]]:
    """Ask the questions; if interrupted, keep the answers for the next attempt."""
    try:
        return wizard.sections()
    except (KeyboardInterrupt, EOFError):
        if wizard.answered != read(file):
            _keep(file, wizard.answered, terminal, words)
        raise


def _carried_out(
    file: Path, sections: dict[str, dict[str, Any]], terminal: Terminal, words: Words, again: bool
) -> bool:
    """Apply the answers and return whether a part failed its test. Raises NotProvisioned, EnrolmentFailed."""
    done = provision(file, sections)
    _tell(done, file, terminal, words)
    # Test before the enrolment: afterwards the service may start and take the parts.
    failed = _failed_parts(done.config, terminal, words)
    question = words.say("One-time code from the hub's Kiosks page")
    if again:
        question = words.say("One-time code from the hub's Kiosks page (leave empty if already enrolled)")
    code = terminal.ask(question, "") if done.config.at_hub is not None else ""
    if code:
        _tell_enrolled(done.before.enrol(done.config, code), terminal, words)
    return failed


def _previous_answers(file: Path, terminal: Terminal, words: Words) -> dict[str, dict[str, Any]]:
    """Return the sections of kiosk.toml, or the answers of the last attempt if they were not applied.

    Answers are outdated if kiosk.toml was changed since.
    """
    waiting = {} if _is_newer(file, unfinished_path(file)) else read(unfinished_path(file))
    if waiting:
        terminal.tell(
            words.say("Your unapplied answers from last time are reused from {file}.", file=unfinished_path(file))
        )
    return waiting or read(file)


def _is_newer(file: Path, other: Path) -> bool:
    return file.exists() and other.exists() and file.stat().st_mtime_ns > other.stat().st_mtime_ns


def _keep(file: Path, sections: dict[str, dict[str, Any]], terminal: Terminal, words: Words) -> None:
    try:
        kept = keep_for_later(file, sections)
    except OSError:
        return
    terminal.tell(words.say("Your answers wait in {file} for the next `kiosk provision`.", file=kept))


def _tell(done: ProvisioningResult, file: Path, terminal: Terminal, words: Words) -> None:
    terminal.tell("\n" + words.say("Written: {file}", file=file))
    if done.journal_made:
        terminal.tell(words.say("Journal created: {file}", file=done.config.paths.journal))
    hub = done.config.at_hub
    if hub is not None and hub.in_clear:
        url = hub.address
        terminal.tell(
            words.say("Card numbers and PINs can be intercepted on the way to {url}. Use https for the hub.", url=url)
        )


def _tell_enrolled(enrolled: EnrolmentResult, terminal: Terminal, words: Words) -> None:
    terminal.tell(words.say("Enrolled as {kiosk}, branch {branch}", kiosk=enrolled.kiosk, branch=enrolled.branch))
    if enrolled.clock_is_wrong:
        terminal.tell(words.say("The clock is wrong. Connect to a time server before anyone borrows."))


def _failed_parts(config: Config, terminal: Terminal, words: Words) -> bool:
    """Return whether a part failed. A running kiosk keeps its parts: test them on its technician screen."""
    try:
        ask(config.paths.socket, "health")
    except KioskSilent:
        pass
    else:
        terminal.tell(
            words.say(
                "The kiosk is running. Restart it with `systemctl restart kiosk` and test its parts on the screen."
            )
        )
        return False
    terminal.tell("\n" + words.say("Now each part is tested."))
    failed = try_parts(config, terminal, words)
    if failed:
        parts = ", ".join(words.part(each) for each in failed)
        terminal.tell(words.say("Needs attention: {parts}. Run `kiosk check` for details.", parts=parts))
    return bool(failed)
