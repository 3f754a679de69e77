"""Implement `kiosk check`: report the state of every part, what was measured, and how to repair it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path

from kiosk.central import CentralUnavailable
from kiosk.commands.check_hub import hub_beside, hub_time_differs
from kiosk.commands.check_screen import Finding, backlight, screen, speaker, voice
from kiosk.commands.check_sip2 import seen_at, sip2
from kiosk.config import Config, load
from kiosk.config.central import Sip2Central
from kiosk.hardware.modules import missing_modules
from kiosk.journal.damage_alarm import RESCUED, ROWS_LOST, found
from kiosk.journal.journal import Journal, JournalFailed, boot_id
from kiosk.journal.recovery import Damage
from kiosk.snapshot.file import Copy, SnapshotDamaged
from kiosk.snapshot.snapshot import STALE
from kiosk.sync.identity import IdentityShut, NotEnrolled
from kiosk.sync.offline_limits import OfflineLimits, queue_age
from kiosk.sync.sip2.exception_store import ExceptionStore
from kiosk.sync.sip2.server_probe import ProbeResult
from kiosk.system.clock import Clock, SystemClock
from kiosk.system.control_socket import KioskSilent, ask
from kiosk.system.health import ABSENT, READY, Condition, Health, PartName, PartState
from kiosk.system.host_info import HostInfo
from kiosk.wiring.board_health import WRONG_CLOCK, board
from kiosk.wiring.connections import open_central
from kiosk.wiring.sip2_connections import keys_of
from kiosk.words import Words
from kiosk.words.terminal import language

PATIENCE = 5.0
"""Seconds in which every part must report its state."""
SLOW = 1.0
"""Seconds of response time from which the central is reported as slow."""
PARTS = (
    PartName.CARD_READER,
    PartName.BARCODE_SCANNER,
    PartName.RECEIPT_PRINTER,
    PartName.LIGHTS,
    PartName.KEYS,
    PartName.BIN,
    PartName.SECURITY_GATE,
)
GIB = 1 << 30
NOT_INSTALLED = frozenset({"driver_missing", "no_decoder"})
"""Reasons for which a Python module may be missing."""


def check(path: Path, *, as_json: bool) -> int:
    """Print the findings: 0 if nothing is faulty, else 1. Raises ConfigError."""
    config = load(path)
    words = Words(language(), config.library.timezone, config.library.currency)
    findings = examine(config, words, SystemClock(), HostInfo(), lambda: _ping(config))
    report = json.dumps([asdict(each) for each in findings], ensure_ascii=False, indent=2)
    print(report if as_json else _table(findings))
    return int(any(each.condition is Condition.FAULTY for each in findings))


async def _ping(config: Config) -> ProbeResult | None:
    """Return what a SIP2 server showed over one connection; None for a hub. Raises CentralUnavailable, NotEnrolled."""
    if isinstance(config.central, Sip2Central):
        return await seen_at(config.central)
    central = open_central(config, SystemClock())
    try:
        await central.ping()
        return None
    finally:
        central.close()


def _table(findings: Sequence[Finding]) -> str:
    width = max(len(each.name) for each in findings)
    lines = []
    for each in findings:
        lines.append(f"{each.condition.value.upper():<7}  {each.name:<{width}}  {each.seen}")
        if each.hint:
            lines.append(f"{'':<7}  {'':<{width}}  -> {each.hint}")
    return "\n".join(lines)


def examine(
    config: Config, words: Words, clock: Clock, machine: HostInfo, ping: Callable[[], Awaitable[ProbeResult | None]]
) -> list[Finding]:
    """Query the running kiosk, if any, as parts have one owner; else open each part briefly."""
    return [
        *_parts(config, words),
        *_central(config, words, ping),
        *hub_beside(config, words, clock),
        *_journal(config, words, clock),
        *(_damage(words, each) for each in found(config.paths.journal)),
        _snapshot(config, words, clock),
        *screen(words, machine),
        backlight(config, words, machine),
        speaker(config, words, machine),
        voice(config, words),
        *_board(config, words, clock, machine),
    ]


def _parts(config: Config, words: Words) -> list[Finding]:
    states = _running(config) or _opened(config)
    unheard = PartState(Condition.FAULTY, "time_out")
    return [_fitted(config, words, each, states.get(each, unheard)) for each in PARTS]


def _fitted(config: Config, words: Words, name: PartName, state: PartState) -> Finding:
    if getattr(config, name.value).driver != "simulated":
        finding = _part(words, name, state)
        missing = missing_modules(config, name) if state.reason in NOT_INSTALLED else []
        return replace(finding, seen=f"{finding.seen}: {', '.join(missing)}") if missing else finding
    seen = words.say("Simulated, no real part: {state}", state=words.part_state(state, name))
    hint = words.mending(name, state) or words.say("`sudo kiosk provision` sets the real one up.")
    return Finding(name.value, state.condition, seen, hint)


def _part_state(state: Mapping[str, str]) -> PartState:
    return PartState(Condition(state["condition"]), state["reason"])


def _running(config: Config) -> Mapping[PartName, PartState]:
    """Return the parts' states from the running kiosk; empty if none runs."""
    try:
        states = ask(config.paths.socket, "health")["parts"]
    except KioskSilent:
        return {}
    return {PartName(name): _part_state(state) for name, state in states.items()}


def _opened(config: Config) -> Mapping[PartName, PartState]:
    """Open each part and return the states."""
    from kiosk.hardware.driver_factory import open_parts

    health = Health(lambda part, state: None)
    parts = open_parts(config, lambda event: None, health)
    try:
        end = time.monotonic() + PATIENCE
        while any(each not in health.states for each in PARTS) and time.monotonic() < end:
            time.sleep(0.02)
        return health.states
    finally:
        parts.close()


def _part(words: Words, name: PartName, state: PartState) -> Finding:
    return Finding(name.value, state.condition, words.part_state(state, name), words.mending(name, state))


def _central(config: Config, words: Words, ping: Callable[[], Awaitable[ProbeResult | None]]) -> list[Finding]:
    name, began = PartName.CENTRAL, time.monotonic()
    try:
        seen = asyncio.run(_pinged(ping))
    except IdentityShut:
        hint = words.say("Run this command as the kiosk's own user, or with sudo.")
        return [Finding(name.value, Condition.FAULTY, words.say("This user may not read the kiosk's identity"), hint)]
    except NotEnrolled:
        hint = words.mending(name, PartState(Condition.FAULTY, "identity_refused"))
        return [Finding(name.value, Condition.FAULTY, words.say("Not enrolled"), hint)]
    except CentralUnavailable as away:
        state = PartState(Condition.FAULTY, str(away.args[0]) if away.args else "away")
        return [_part(words, name, state)]
    taken = seen.delay if seen else time.monotonic() - began
    slow = words.say("The response is slow. Check the network between the kiosk and the library system.")
    text = words.say("Answers in {n} ms", n=round(1000 * taken))
    answers = Finding(name.value, Condition.READY, text, slow if taken > SLOW else "")
    if seen is None or not isinstance(config.central, Sip2Central):
        return [answers]
    return [answers, sip2(words, config.central, seen)]


async def _pinged(ping: Callable[[], Awaitable[ProbeResult | None]]) -> ProbeResult | None:
    return await ping()


def _journal(config: Config, words: Words, clock: Clock) -> list[Finding]:
    """Query the running kiosk, if any, as the journal has one owner; else open the journal."""
    try:
        counted, parts = ask(config.paths.socket, "queue"), ask(config.paths.socket, "health")["parts"]
        queued, exceptions = counted["queued"], counted["exceptions"]
        oldest = datetime.fromisoformat(counted["oldest"]) if counted["oldest"] else None
        backlog = _part_state(parts[PartName.BACKLOG]) if PartName.BACKLOG in parts else READY
    except KioskSilent:
        try:
            journal = Journal.open(config.paths.journal)
        except JournalFailed as failure:
            return [_part(words, PartName.JOURNAL, PartState(Condition.FAULTY, failure.why))]
        counts, rows = journal.counts(), journal.pending()
        journal.close_file()
        if isinstance(config.central, Sip2Central):
            counts = replace(
                counts, exceptions=len(ExceptionStore(config.paths.state, keys_of(config.paths.state)).urgent)
            )
        backlog = OfflineLimits(**config.offline.model_dump()).weigh(len(rows), queue_age(rows, clock, boot_id()))
        queued, exceptions, oldest = counts.queued, counts.exceptions, counts.oldest
    seen = words.say("{queued} queued, {aside} set aside", queued=queued, aside=exceptions)
    if oldest is not None:
        since, span = words.moment(oldest), words.span((clock.now() - oldest).total_seconds())
        seen = words.say("{seen}; the oldest since {since} ({span})", seen=seen, since=since, span=span)
    desk = words.say("Staff find these records at the exception desk.")
    if isinstance(config.central, Sip2Central):
        desk = words.say("`sudo kiosk exceptions export --out FILE` writes the records for staff.")
    hint = desk if exceptions else ""
    return [Finding(PartName.JOURNAL.value, Condition.READY, seen, hint), _part(words, PartName.BACKLOG, backlog)]


def _damage(words: Words, damage: Damage) -> Finding:
    """Report what could be recovered from a damaged journal, in numbers."""
    name, state = PartName.DAMAGED_JOURNAL, ROWS_LOST if damage.lost else RESCUED
    seen = words.say(
        "{file}: {rows} records exported up to number {last}; {queued} of them were waiting to upload",
        file=damage.aside,
        rows=damage.rows,
        last=damage.last,
        queued=damage.queued,
    )
    if damage.gaps:
        gaps = words.say(", ").join(f"{first}-{last}" if last > first else f"{first}" for first, last in damage.gaps)
        seen = words.say("{seen}; missing: {gaps}", seen=seen, gaps=gaps)
    return Finding(name.value, state.condition, seen, words.mending(name, state))


def _snapshot(config: Config, words: Words, clock: Clock) -> Finding:
    """Report the snapshot's age; a missing one is no fault if the kiosk was never started."""
    name = PartName.SNAPSHOT
    missing = PartState(Condition.FAULTY, "missing")
    try:
        copy = Copy(config.paths.snapshot)
    except FileNotFoundError:
        condition = _running(config).get(name, ABSENT).condition
        return Finding(name.value, condition, words.part_state(missing, name), words.mending(name, missing))
    except (OSError, SnapshotDamaged):
        return _part(words, name, PartState(Condition.FAULTY, "unreadable"))
    fetched_at = copy.label.fetched_at
    copy.close()
    age = clock.now() - fetched_at
    state = PartState(Condition.FAULTY, "stale") if age > STALE else _running(config).get(name, READY)
    seen = words.say("Of {since} ({span})", since=words.moment(fetched_at), span=words.span(age.total_seconds()))
    text = words.part_state(state, name) if state != READY else ""
    return Finding(name.value, state.condition, ", ".join(filter(None, (seen, text))), words.mending(name, state))


def _board(config: Config, words: Words, clock: Clock, machine: HostInfo) -> list[Finding]:
    # A running kiosk knows better how far its clock is trusted: this command may see less of it.
    states = board(machine, clock, config.paths.state, {})
    seen_so = WRONG_CLOCK if hub_time_differs(config, clock) else states[PartName.CLOCK]
    states[PartName.CLOCK] = _running(config).get(PartName.CLOCK, seen_so)
    seen = {
        PartName.DISK: _free(config, words, machine),
        PartName.CLOCK: f"{clock.now().astimezone():%Y-%m-%d %H:%M:%S %z}",
        PartName.TEMPERATURE: "" if machine.temperature is None else f"{machine.temperature:.0f} °C",
    }
    return [_model(words, machine), *(_seen(words, part, state, seen.get(part, "")) for part, state in states.items())]


def _seen(words: Words, part: PartName, state: PartState, measured: str) -> Finding:
    text = ", ".join(filter(None, (measured, words.part_state(state, part))))
    return Finding(part.value, state.condition, text, words.mending(part, state))


def _free(config: Config, words: Words, machine: HostInfo) -> str:
    state = config.paths.state
    free = machine.free(state)
    return f"{state}" if free is None else words.say("{n:.1f} GiB free at {folder}", n=free / GIB, folder=state)


def _model(words: Words, machine: HostInfo) -> Finding:
    if machine.model is None:
        seen = words.say("Not a Raspberry Pi: no parts on a pin header")
        return Finding("board", Condition.ABSENT, seen)
    if machine.supported:
        return Finding("board", Condition.READY, machine.model)
    hint = words.say("Use a Raspberry Pi 4 (2 GB or more) or 5 with a 64-bit system.")
    return Finding("board", Condition.FAULTY, machine.model, hint)
