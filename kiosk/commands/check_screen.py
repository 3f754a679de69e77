"""Check display, touch, backlight and speaker of the machine for `kiosk check`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.config import Config
from kiosk.config.sound import Alsa
from kiosk.config.voice import Espeak, Recordings
from kiosk.hardware.voice import voice_languages
from kiosk.system.health import Condition
from kiosk.system.host_info import HostInfo
from kiosk.words import Words


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the check. `seen` and `hint` are for a person; `hint` is empty if nothing is to be done."""

    name: str
    condition: Condition
    seen: str
    hint: str = ""


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
