"""kiosk check: how every part of this kiosk is, what was seen, and what mends it; mends nothing itself."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from kiosk.app import open_central
from kiosk.board import board
from kiosk.clock import Clock, SystemClock
from kiosk.config import Config, load
from kiosk.config.sound import Alsa
from kiosk.control import KioskSilent, ask
from kiosk.health import Condition, Health, PartName, PartState
from kiosk.journal import Journal, JournalFailed
from kiosk.machine import Machine
from kiosk.sync.central import CentralAway
from kiosk.sync.identity import NotEnrolled
from kiosk.words import Words

PATIENCE = 5.0
"""Seconds in which every part has to say how it is."""
SLOW = 1.0
"""Seconds from which a patron feels that the central is far away."""
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


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the check. `seen` and `hint` are for a person; `hint` is empty where nothing is to be done."""

    name: str
    condition: Condition
    seen: str
    hint: str = ""


def check(path: Path, *, as_json: bool) -> int:
    """Prints the findings for the kiosk of that kiosk.toml: 0 when nothing is faulty, else 1. Raises ConfigError."""
    config = load(path)
    language = "zh" if os.environ.get("LANG", "").startswith("zh") else "en"
    words = Words(language, config.library.timezone, config.library.currency)
    findings = examine(config, words, SystemClock(), Machine(), lambda: _ping(config))
    told = json.dumps([asdict(each) for each in findings], ensure_ascii=False, indent=2)
    print(told if as_json else _table(findings))
    return int(any(each.condition is Condition.FAULTY for each in findings))


async def _ping(config: Config) -> None:
    central = open_central(config)
    try:
        await central.ping()
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
    config: Config, words: Words, clock: Clock, machine: Machine, ping: Callable[[], Awaitable[None]]
) -> list[Finding]:
    """Asks the running kiosk where one runs: parts have one owner. Else opens each part for a moment."""
    return [
        *_parts(config, words),
        _central(words, ping),
        *_journal(config, words, clock),
        *_screen(machine),
        _backlight(config, machine),
        _speaker(config, machine),
        *_board(config, words, clock, machine),
    ]


def _parts(config: Config, words: Words) -> list[Finding]:
    try:
        told = ask(config.paths.socket, "health")["parts"]
        states: Mapping[PartName, PartState] = {
            PartName(name): PartState(Condition(state["condition"]), state["reason"]) for name, state in told.items()
        }
    except KioskSilent:
        states = _opened(config)
    unheard = PartState(Condition.FAULTY, "time_out")
    return [_part(words, each, states.get(each, unheard)) for each in PARTS]


def _opened(config: Config) -> Mapping[PartName, PartState]:
    """How the parts are when each is opened here and now."""
    from kiosk.hardware.opening import open_parts

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
    return Finding(name.value, state.condition, words.part_state(state), words.mending(name, state))


def _central(words: Words, ping: Callable[[], Awaitable[None]]) -> Finding:
    began = time.monotonic()
    try:
        asyncio.run(_pinged(ping))
    except NotEnrolled as not_enrolled:
        return Finding(PartName.CENTRAL.value, Condition.FAULTY, "not enrolled", str(not_enrolled))
    except CentralAway as away:
        state = PartState(Condition.FAULTY, str(away.args[0]) if away.args else "away")
        return _part(words, PartName.CENTRAL, state)
    taken = time.monotonic() - began
    hint = "answers slowly: look at the network between the kiosk and the library's system" if taken > SLOW else ""
    return Finding(PartName.CENTRAL.value, Condition.READY, f"answers in {1000 * taken:.0f} ms", hint)


async def _pinged(ping: Callable[[], Awaitable[None]]) -> None:
    await ping()


def _journal(config: Config, words: Words, clock: Clock) -> list[Finding]:
    """While the kiosk runs it is asked: the journal has one owner."""
    try:
        told = ask(config.paths.socket, "queue")
        queued, exceptions = told["queued"], told["exceptions"]
        oldest = datetime.fromisoformat(told["oldest"]) if told["oldest"] else None
    except KioskSilent:
        try:
            journal = Journal.open(config.paths.journal)
        except JournalFailed as failure:
            return [_part(words, PartName.JOURNAL, PartState(Condition.FAULTY, failure.why))]
        counts = journal.counts()
        journal.close_file()
        queued, exceptions, oldest = counts.queued, counts.exceptions, counts.oldest
    seen = f"{queued} queued, {exceptions} set aside"
    if oldest is not None:
        seen += f", the oldest waits since {oldest.astimezone():%Y-%m-%d %H:%M} ({_age(clock, oldest)})"
    hint = "the library's staff find what was set aside in the exception desk" if exceptions else ""
    return [Finding(PartName.JOURNAL.value, Condition.READY, seen, hint)]


def _age(clock: Clock, since: datetime) -> str:
    minutes = max(0, int((clock.now() - since).total_seconds() // 60))
    days, hours = minutes // 1440, minutes // 60 % 24
    return f"{days} days {hours} h" if days else f"{hours} h {minutes % 60} min"


def _screen(machine: Machine) -> list[Finding]:
    displays = machine.displays
    if not displays:
        return [Finding("display", Condition.ABSENT, "no display is connected to a graphics card of this machine")]
    seen = ", ".join(f"{each.connector} of card {each.card}, {each.mode or 'no mode'}" for each in displays)
    return [Finding("display", Condition.READY, seen), _touch(machine.touchscreens)]


def _touch(found: Sequence[str]) -> Finding:
    if found:
        return Finding("touch", Condition.READY, ", ".join(found))
    return Finding("touch", Condition.FAULTY, "nothing to touch", "Check the panel's USB or DSI cable.")


def _backlight(config: Config, machine: Machine) -> Finding:
    folders = machine.backlights
    hours = f"awake {config.screen.awake}" if config.screen.awake else "always awake"
    if not folders:
        seen = f"none that can be switched; {hours}"
        hint = "Outside the hours the screen is drawn black: that saves no power." if config.screen.awake else ""
        return Finding("backlight", Condition.ABSENT, seen, hint)
    seen = f"{', '.join(each.name for each in folders)}; {hours}"
    if config.screen.awake and not all(os.access(each / "bl_power", os.W_OK) for each in folders):
        hint = "It may not be switched by this user: install the udev rules and put the user into the group video."
        return Finding("backlight", Condition.FAULTY, seen, hint)
    return Finding("backlight", Condition.READY, seen)


def _speaker(config: Config, machine: Machine) -> Finding:
    choice = config.sound
    if not isinstance(choice, Alsa):
        return Finding("speaker", Condition.ABSENT, choice.driver)
    if shutil.which("aplay") is None:
        return Finding("speaker", Condition.FAULTY, "aplay is not installed", "sudo apt install alsa-utils")
    if not machine.sound_cards:
        hint = "Plug the speaker in; on HDMI or a sound card's pins its overlay in /boot/firmware/config.txt."
        return Finding("speaker", Condition.FAULTY, "no sound card", hint)
    return Finding("speaker", Condition.READY, f"{choice.device}, of {', '.join(machine.sound_cards)}")


def _board(config: Config, words: Words, clock: Clock, machine: Machine) -> list[Finding]:
    states = board(machine, clock, config.paths.state, {})
    seen = {
        PartName.DISK: _free(config, machine),
        PartName.CLOCK: f"{clock.now().astimezone():%Y-%m-%d %H:%M:%S %z}",
        PartName.TEMPERATURE: "" if machine.temperature is None else f"{machine.temperature:.0f} °C",
    }
    return [_model(machine), *(_seen(words, part, state, seen.get(part, "")) for part, state in states.items())]


def _seen(words: Words, part: PartName, state: PartState, measured: str) -> Finding:
    told = ", ".join(filter(None, (measured, words.part_state(state))))
    return Finding(part.value, state.condition, told, words.mending(part, state))


def _free(config: Config, machine: Machine) -> str:
    free = machine.free(config.paths.state)
    return f"{config.paths.state}" if free is None else f"{free / GIB:.1f} GiB free at {config.paths.state}"


def _model(machine: Machine) -> Finding:
    if machine.model is None:
        return Finding("board", Condition.ABSENT, "not a Raspberry Pi: parts on its header cannot be here")
    hint = "" if machine.supported else "Supported are Raspberry Pi 4 (2 GB or more) and 5, with a 64-bit system."
    return Finding("board", Condition.READY if machine.supported else Condition.FAULTY, machine.model, hint)
