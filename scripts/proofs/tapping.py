"""Plug in a touch panel, tap, and request pictures, inside the virtual machine of the proof `vm`."""

import itertools
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evdev import AbsInfo, UInput, ecodes

from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Touch
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.screens.samples.sample_parts import NOW
from kiosk.views import Identify, Status, View, VisitTask, Welcome
from kiosk.words import Words

SIZE = (1024, 600)
PATIENCE = 400.0
PROGRAM = "/opt/library-kiosk/venv/bin/"
NUMBER = "2118000"


def say(*words: object) -> None:
    print("PROOF", *words, flush=True)


def shown(what: str) -> str:
    command = ["systemctl", "show", "kiosk.service", "--property", what, "--value"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def wait(what: str, until: Callable[[], bool]) -> None:
    start = time.monotonic()
    while not until():
        if time.monotonic() - start > PATIENCE:
            log = ["journalctl", "-b", "-u", "kiosk", "-n", "20", "--no-pager", "-o", "cat"]
            say(subprocess.run(log, capture_output=True, text=True).stdout.replace("\n", " | "))
            say("failed:", what, "did not come;", shown("ActiveState"), shown("Result"))
            sys.exit(1)
        time.sleep(0.5)


def said(user: str, program: str, *words: str) -> str:
    environment = {**os.environ, "KIOSK_HUB_STATE": "/var/lib/kiosk-hub"}
    command = ["runuser", "-u", user, "--", PROGRAM + program, *words]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        say("failed:", program, *words, done.stderr.replace("\n", " | "))
        sys.exit(1)
    return done.stdout


def of_the_process() -> None:
    process = Path("/proc") / shown("MainPID")
    for line in (process / "status").read_text(encoding="ascii").splitlines():
        if line.split(":")[0] in ("Uid", "CapEff", "NoNewPrivs", "Seccomp"):
            say(" ".join(line.split()))
    opened = {os.readlink(each) for each in (process / "fd").iterdir()}
    say("it has open:", *sorted(each for each in opened if re.match("/dev/(dri|input)/", each)))


def targets(view: View, language: str) -> dict[str, tuple[float, float]]:
    """Return where the kiosk draws the touch targets of that view, by name or digit."""
    status = Status("Lakeside Library", NOW, language)
    sheet = sheet_of(view, status, Theme(*SIZE, 10.1), Words(language, "Asia/Shanghai", "CNY"), Glyphs(), 0)
    return {
        (mark.choice or mark.label if mark.name == "key" else mark.name): mark.box.centre
        for mark in sheet
        if isinstance(mark, Touch)
    }


class Panel:
    """A touch panel for ten fingers, one of which is used."""

    def __init__(self) -> None:
        across, down = AbsInfo(0, 0, SIZE[0] - 1, 0, 0, 0), AbsInfo(0, 0, SIZE[1] - 1, 0, 0, 0)
        axes = [
            (ecodes.ABS_X, across),
            (ecodes.ABS_Y, down),
            (ecodes.ABS_MT_SLOT, AbsInfo(0, 0, 9, 0, 0, 0)),
            (ecodes.ABS_MT_TRACKING_ID, AbsInfo(0, 0, 65535, 0, 0, 0)),
            (ecodes.ABS_MT_POSITION_X, across),
            (ecodes.ABS_MT_POSITION_Y, down),
        ]
        able: dict[int, Any] = {ecodes.EV_KEY: [ecodes.BTN_TOUCH], ecodes.EV_ABS: axes}
        self._device = UInput(able, name="Touch panel", input_props=[ecodes.INPUT_PROP_DIRECT])
        self._numbers = itertools.count(1)

    def tap(self, x: float, y: float) -> None:
        self._put(ecodes.ABS_MT_SLOT, 0)
        self._put(ecodes.ABS_MT_TRACKING_ID, next(self._numbers))
        for axis, where in (
            (ecodes.ABS_MT_POSITION_X, x),
            (ecodes.ABS_MT_POSITION_Y, y),
            (ecodes.ABS_X, x),
            (ecodes.ABS_Y, y),
        ):
            self._put(axis, int(where))
        self._device.write(ecodes.EV_KEY, ecodes.BTN_TOUCH, 1)
        self._device.syn()
        time.sleep(0.4)
        self._put(ecodes.ABS_MT_TRACKING_ID, -1)
        self._device.write(ecodes.EV_KEY, ecodes.BTN_TOUCH, 0)
        self._device.syn()
        time.sleep(4)

    def _put(self, axis: int, value: int) -> None:
        self._device.write(ecodes.EV_ABS, axis, value)


def picture(number: int) -> None:
    time.sleep(4)
    say("picture", number)
    time.sleep(5)


def main() -> None:
    wait("the hub", lambda: subprocess.run(["systemctl", "-q", "is-active", "kiosk-hub"]).returncode == 0)
    time.sleep(20)
    code = re.search(r"code: (\S+)", said("kiosk-hub", "kiosk-hub", "add-kiosk", "VM", "--branch", "main"))
    say(said("kiosk", "kiosk", "enrol", "--code", code.group(1) if code else "").strip())
    subprocess.run(["systemctl", "restart", "kiosk"], check=True)
    wait("ready", lambda: shown("ActiveState") == "active")
    started, ready = shown("ExecMainStartTimestampMonotonic"), shown("ActiveEnterTimestampMonotonic")
    say(f"ready after {(int(ready) - int(started)) / 1e6:.1f} s")
    of_the_process()
    before = shown("MainPID")
    panel = Panel()
    say("a touch panel is plugged in")
    wait("a new start for the panel", lambda: shown("MainPID") not in (before, "0"))
    wait("ready again", lambda: shown("ActiveState") == "active")
    time.sleep(20)
    say("started anew by the rule")
    of_the_process()
    picture(0)
    panel.tap(*targets(Welcome(), "en")["language_zh"])
    picture(1)
    panel.tap(*targets(Welcome(), "zh")["language_en"])
    panel.tap(*targets(Welcome(), "en")["borrow"])
    keys = targets(Identify(VisitTask.BORROW), "en")
    for digit in NUMBER:
        panel.tap(*keys[digit])
    picture(2)
    say(f"tapped {NUMBER}: the picture must show each digit once")
    say("done; restarts by failure:", shown("NRestarts"))


if __name__ == "__main__":
    main()
