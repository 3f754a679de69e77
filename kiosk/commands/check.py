"""Implement `kiosk check`: report the state of every part, what was measured, and how to repair it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kiosk.central import CentralUnavailable
from kiosk.config import Config, load
from kiosk.config.central import Sip2Central
from kiosk.config.hardware import Alsa, Espeak, Recordings
from kiosk.hardware.voice import voice_languages
from kiosk.journal.journal import Journal, JournalFailed, boot_id
from kiosk.journal.recovery import RESCUED, ROWS_LOST, Damage, damage_notes
from kiosk.snapshot.file import Copy, SnapshotDamaged
from kiosk.snapshot.snapshot import STALE
from kiosk.sync.hub_client import HubClient
from kiosk.sync.identity import IdentityShut, NotEnrolled
from kiosk.sync.sip2.exception_store import ExceptionStore
from kiosk.sync.sip2.requests import login
from kiosk.sync.sip2.server_probe import ProbeResult, look
from kiosk.sync.transaction_queue import OfflineLimits, queue_age
from kiosk.system.clock import APART, Clock, SystemClock
from kiosk.system.control_socket import KioskSilent, ask
from kiosk.system.health import ABSENT, READY, Condition, Health, PartName, PartState
from kiosk.system.host_info import HostInfo
from kiosk.system.opening_hours import OPEN
from kiosk.wiring.board_health import WRONG_CLOCK, board
from kiosk.wiring.connections import hub_of, open_central, open_companion_hub
from kiosk.wiring.sip2_connections import account_of, keys_of, peer_of, speech_of
from kiosk.words import Words
from kiosk.words.terminal import language

Ping = Callable[[], Coroutine[Any, Any, ProbeResult | None]]
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
    PartName.ITEM_PAD,
)
GIB = 1 << 30
NOT_INSTALLED = frozenset({"driver_missing", "no_decoder"})
"""Reasons for which a Python module may be missing."""
PINS = ("gpiozero", "lgpio")
NEEDED = {
    (PartName.CARD_READER, "mfrc522"): ("mfrc522", "spidev", "RPi", "lgpio"),
    (PartName.CARD_READER, "keyboard"): ("evdev",),
    (PartName.CARD_READER, "serial"): ("serial",),
    (PartName.BARCODE_SCANNER, "picamera2"): ("picamera2", "numpy", "zxingcpp", "pyzbar"),
    (PartName.BARCODE_SCANNER, "frames"): ("numpy", "zxingcpp", "pyzbar"),
    (PartName.BARCODE_SCANNER, "keyboard"): ("evdev",),
    (PartName.BARCODE_SCANNER, "serial"): ("serial",),
    (PartName.RECEIPT_PRINTER, "usb"): ("escpos", "usb"),
    (PartName.RECEIPT_PRINTER, "serial"): ("escpos", "serial"),
    (PartName.RECEIPT_PRINTER, "network"): ("escpos",),
    (PartName.RECEIPT_PRINTER, "file"): ("escpos",),
    (PartName.LIGHTS, "gpio"): PINS,
    (PartName.KEYS, "gpio"): PINS,
    (PartName.BIN, "gpio"): PINS,
    (PartName.SECURITY_GATE, "relay"): PINS,
    (PartName.ITEM_PAD, "pn5180"): ("pn5180_tagomatic", "simple_rpc", "pkg_resources", "serial"),
    (PartName.ITEM_PAD, "feig"): ("serial",),
}
"""Python modules by part and driver."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the check. `seen` and `hint` are for a person; `hint` is empty if nothing is to be done."""

    name: str
    condition: Condition
    seen: str
    hint: str = ""


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
        return await probe_server(config.central)
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


def examine(config: Config, words: Words, clock: Clock, machine: HostInfo, ping: Ping) -> list[Finding]:
    """Query the running kiosk, if any, as parts have one owner; else open each part briefly."""
    return [
        *_parts(config, words),
        *_central(config, words, ping),
        *hub_beside(config, words, clock),
        *_journal(config, words, clock),
        *(_damage(words, each) for each in damage_notes(config.paths.journal)),
        _snapshot(config, words, clock),
        *screen(words, machine),
        backlight(config, words, machine),
        speaker(config, words, machine),
        voice(config, words),
        *_board(config, words, clock, machine),
    ]


def _parts(config: Config, words: Words) -> list[Finding]:
    states = _running(config) or _open_and_wait(config)
    unheard = PartState(Condition.FAULTY, "time_out")
    return [_part_finding(config, words, each, states.get(each, unheard)) for each in PARTS]


def _part_finding(config: Config, words: Words, name: PartName, state: PartState) -> Finding:
    if getattr(config, name.value).driver != "simulated":
        finding = _part(words, name, state)
        missing = _missing_modules(config, name) if state.reason in NOT_INSTALLED else []
        return replace(finding, seen=f"{finding.seen}: {', '.join(missing)}") if missing else finding
    seen = words.say("Simulated, no real part: {state}", state=words.part_state(state, name))
    hint = words.mending(name, state) or words.say("`sudo kiosk provision` sets the real one up.")
    return Finding(name.value, state.condition, seen, hint)


def _missing_modules(config: Config, part: PartName) -> list[str]:
    """Return the modules of the part's configured driver that cannot be imported."""
    driver = getattr(config, part.value).driver
    return [module for module in NEEDED.get((part, driver), ()) if find_spec(module) is None]


def _part_state(state: Mapping[str, str]) -> PartState:
    return PartState(Condition(state["condition"]), state["reason"])


def _running(config: Config) -> Mapping[PartName, PartState]:
    """Return the parts' states from the running kiosk; empty if none runs."""
    try:
        states = ask(config.paths.socket, "health")["parts"]
    except KioskSilent:
        return {}
    return {PartName(name): _part_state(state) for name, state in states.items()}


def _open_and_wait(config: Config) -> Mapping[PartName, PartState]:
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


def _central(config: Config, words: Words, ping: Ping) -> list[Finding]:
    name, began = PartName.CENTRAL, time.monotonic()
    try:
        seen = asyncio.run(ping())
    except (CentralUnavailable, NotEnrolled) as error:
        return [_unreachable(words, name, error)]
    taken = seen.delay if seen else time.monotonic() - began
    slow = words.say("The response is slow. Check the network between the kiosk and the library system.")
    text = words.say("Answers in {n} ms", n=round(1000 * taken))
    answers = Finding(name.value, Condition.READY, text, slow if taken > SLOW else "")
    if seen is None or not isinstance(config.central, Sip2Central):
        return [answers]
    return [answers, sip2(words, config.central, seen)]


def _unreachable(words: Words, name: PartName, error: CentralUnavailable | NotEnrolled) -> Finding:
    match error:
        case IdentityShut():
            hint = words.say("Run this command as the kiosk's own user, or with sudo.")
            return Finding(name.value, Condition.FAULTY, words.say("This user may not read the kiosk's identity"), hint)
        case NotEnrolled():
            hint = words.mending(PartName.CENTRAL, PartState(Condition.FAULTY, "identity_refused"))
            return Finding(name.value, Condition.FAULTY, words.say("Not enrolled"), hint)
        case CentralUnavailable():
            return _part(words, name, PartState(Condition.FAULTY, str(error.args[0]) if error.args else "away"))


def hub_beside(config: Config, words: Words, clock: Clock) -> list[Finding]:
    """Return the findings; none without a companion hub."""
    name = PartName.HUB
    began = time.monotonic()
    try:
        hub = open_companion_hub(config, None)
        if hub is None:
            return []
        try:
            difference = asyncio.run(_clock_difference(hub, clock))
        finally:
            hub.close()
    except (CentralUnavailable, NotEnrolled) as error:
        return [_unreachable(words, name, error)]
    text = words.say("Answers in {n} ms", n=round(1000 * (hub.delay or time.monotonic() - began)))
    if difference <= APART:
        return [Finding(name.value, Condition.READY, text)]
    hint = words.say(
        "Its clock and this one differ by {span}. Set the one that is wrong.",
        span=words.span(difference.total_seconds()),
    )
    return [Finding(name.value, Condition.FAULTY, text, hint)]


def _hub_time_differs(config: Config, clock: Clock) -> bool:
    """Return whether the hub that keeps the loans answers with another time; False if it does not answer."""
    if config.central.driver != "hub":
        return False
    try:
        hub = hub_of(open_central(config, clock))
        assert hub is not None
        try:
            return asyncio.run(_clock_difference(hub, clock)) > APART
        finally:
            hub.close()
    except (CentralUnavailable, NotEnrolled):
        return False


async def _clock_difference(hub: HubClient, clock: Clock) -> timedelta:
    """Return the difference of the clocks. Raises CentralUnavailable if the hub fails or does not know this kiosk."""
    there = await hub.its_time()
    difference = abs(there - clock.now())
    await hub.ping()
    return difference


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
    seen = words.say("As of {since} ({span} ago)", since=words.moment(fetched_at), span=words.span(age.total_seconds()))
    text = words.part_state(state, name) if state != READY else ""
    return Finding(name.value, state.condition, ", ".join(filter(None, (seen, text))), words.mending(name, state))


def _board(config: Config, words: Words, clock: Clock, machine: HostInfo) -> list[Finding]:
    # A running kiosk knows better how far its clock is trusted: this command may see less of it.
    states = board(machine, clock, config.paths.state, {})
    seen_so = WRONG_CLOCK if _hub_time_differs(config, clock) else states[PartName.CLOCK]
    states[PartName.CLOCK] = _running(config).get(PartName.CLOCK, seen_so)
    seen = {
        PartName.DISK: _free(config, words, machine),
        PartName.CLOCK: f"{clock.now().astimezone():%Y-%m-%d %H:%M:%S %z}",
        PartName.TEMPERATURE: "" if machine.temperature is None else f"{machine.temperature:.0f} °C",
    }
    return [
        _model(words, machine),
        *(_state_finding(words, part, state, seen.get(part, "")) for part, state in states.items()),
    ]


def _state_finding(words: Words, part: PartName, state: PartState, measured: str) -> Finding:
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


def screen(words: Words, machine: HostInfo) -> list[Finding]:
    displays = machine.displays
    if not displays:
        seen = words.say("No display is connected to a graphics card of this machine")
        return [Finding("display", Condition.ABSENT, seen)]
    of_card = words.say("{connector} of card {card}, {mode}")
    none = words.say("no mode")
    seen = ", ".join(
        of_card.format(connector=each.connector, card=each.card, mode=each.mode or none) for each in displays
    )
    return [Finding("display", Condition.READY, seen), _touch(words, machine.touchscreens)]


def _touch(words: Words, found: Sequence[str]) -> Finding:
    if found:
        return Finding("touch", Condition.READY, ", ".join(found))
    hint = words.say("Check the panel's USB or DSI cable.")
    return Finding("touch", Condition.FAULTY, words.say("No touchscreen"), hint)


def backlight(config: Config, words: Words, machine: HostInfo) -> Finding:
    folders, awake = machine.backlights, config.screen.awake
    if awake == OPEN:
        hours = words.say("awake in opening hours")
    else:
        hours = words.say("awake {hours}", hours=awake) if awake else words.say("always awake")
    if not folders:
        seen = words.say("No switchable backlight; {hours}", hours=hours)
        hint = words.say("Outside opening hours the screen is drawn black. This saves no power.")
        return Finding("backlight", Condition.ABSENT, seen, hint if awake else "")
    seen = f"{', '.join(each.name for each in folders)}; {hours}"
    if awake and not all(os.access(each / "bl_power", os.W_OK) for each in folders):
        hint = words.say("This user may not switch it. Install the udev rules and add the user to the group video.")
        return Finding("backlight", Condition.FAULTY, seen, hint)
    return Finding("backlight", Condition.READY, seen)


def speaker(config: Config, words: Words, machine: HostInfo) -> Finding:
    choice = config.sound
    if not isinstance(choice, Alsa):
        text = words.say("Simulated") if choice.driver == "simulated" else words.say("Not fitted")
        return Finding("speaker", Condition.ABSENT, text)
    if shutil.which("aplay") is None:
        return Finding("speaker", Condition.FAULTY, words.say("aplay is not installed"), "sudo apt install alsa-utils")
    if not machine.sound_cards:
        hint = words.say(
            "Plug in the speaker. For HDMI or a sound card on pins, set its overlay in /boot/firmware/config.txt."
        )
        return Finding("speaker", Condition.FAULTY, words.say("No sound card"), hint)
    seen = words.say("{device}, of {cards}", device=choice.device, cards=", ".join(machine.sound_cards))
    return Finding("speaker", Condition.READY, seen)


def voice(config: Config, words: Words) -> Finding:
    choice = config.voice
    if not isinstance(choice, Espeak | Recordings):
        text = words.say("Simulated") if choice.driver == "simulated" else words.say("Not fitted")
        return Finding("voice", Condition.ABSENT, text)
    if shutil.which("aplay") is None:
        return Finding("voice", Condition.FAULTY, words.say("aplay is not installed"), "sudo apt install alsa-utils")
    if isinstance(choice, Espeak) and shutil.which("espeak-ng") is None:
        return Finding("voice", Condition.FAULTY, words.say("espeak-ng is not installed"), "sudo apt install espeak-ng")
    if not (spoken := voice_languages(choice)):
        hint = words.say("`kiosk voice zh` lists the files that are wanted.")
        seen = words.say("No sentence is recorded in {folder}", folder=choice.recordings)
        return Finding("voice", Condition.FAULTY, seen, hint)
    seen = words.say("Speaks {languages} through {device}", languages=", ".join(sorted(spoken)), device=choice.device)
    return Finding("voice", Condition.READY, seen)


async def probe_server(section: Sip2Central) -> ProbeResult:
    """Probe the server over one connection. Raises CentralUnavailable, ConfigError."""
    return await look(peer_of(section, None), speech_of(section), login(account_of(section)))


def sip2(words: Words, section: Sip2Central, seen: ProbeResult) -> Finding:
    text = words.say("Looks like {profile}", profile=seen.looks_like)
    faults = [*_another(words, section, seen), *_forbids(words, seen), *_denies(words, seen)]
    hints = [*_differs(words, section, seen), *faults]
    if section.in_clear:
        hints.append(words.say("Card numbers, names and PINs can be intercepted. Put TLS in front of the system."))
    return Finding("sip2", Condition.FAULTY if faults else Condition.READY, text, " ".join(hints))


def _another(words: Words, section: Sip2Central, seen: ProbeResult) -> list[str]:
    """Report an institution id other than kiosk.toml's: patrons and items may be looked up in another library."""
    there = (seen.status.first("AO") or "").strip()
    if not section.institution or not there or there == section.institution:
        return []
    text = words.say(
        "Wrong institution: kiosk.toml says {here}, the system says {there}. Set institution = {there}.",
        here=section.institution,
        there=there,
    )
    return [text]


def _differs(words: Words, section: Sip2Central, seen: ProbeResult) -> list[str]:
    habits = {
        "end": words.say("how a response ends"),
        "resend": words.say("the response to 97"),
        "unknown": words.say("the response to unknown messages"),
    }
    stop = words.say("; ")
    found = stop.join(
        words.say("{habit}: {here}, there {there}", habit=habits[name], here=here, there=there)
        for name, here, there in seen.differs(section.profile)
    )
    if not found:
        return []
    return [words.say("kiosk.toml says {profile}, but this differs: {found}.", profile=section.profile, found=found)]


def _forbids(words: Words, seen: ProbeResult) -> list[str]:
    names = {"checkout": words.say("borrowing"), "checkin": words.say("returning"), "renewal": words.say("renewing")}
    forbidden = [names[each] for each in seen.forbids()]
    if not forbidden:
        return []
    text = words.say(
        "The system does not offer: {what}. Ask the library to allow it for this kiosk's account.",
        what=words.say(", ").join(forbidden),
    )
    return [text]


def _denies(words: Words, seen: ProbeResult) -> list[str]:
    names = {"patron": words.say("63 (Patron Information)"), "item": words.say("17 (Item Information)")}
    denied = words.say(", ").join(names[each] for each in seen.denies())
    if not denied:
        return []
    text = words.say(
        "Its field BX does not list: {what}. The kiosk needs these messages. Enable them in the system.", what=denied
    )
    return [text]
