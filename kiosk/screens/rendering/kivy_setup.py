"""Configure Kivy before its first import: size, no stored settings, no settings panel for patrons."""

from __future__ import annotations

import ctypes
import logging
import os
from collections.abc import MutableMapping

from kiosk.system.host_info import HostInfo

M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
M_ARENA_MAX = -8
"""Parameter of mallopt(3): maximum number of arenas."""


def prepare(width: int, height: int, *, fullscreen: bool, rotation: int = 0, panel: int = 0) -> None:
    """Configure Kivy. Call it once, before importing other modules of the screens: Kivy reads its environment then.

    Args:
        width: Pixels as the patron sees them.
        height: Pixels as the patron sees them.
        fullscreen: True on a kiosk; False in a desktop window.
        rotation: Degrees by which picture and touch are turned together.
        panel: Degrees by which touch alone is turned, for a touch panel mounted differently from its display.
    """
    os.environ.update(
        KIVY_NO_ARGS="1", KIVY_NO_FILELOG="1", KIVY_LOG_MODE="PYTHON", KIVY_METRICS_DENSITY="1", KIVY_DPI="96"
    )
    _return_freed_memory()
    from kivy.config import Config

    logging.getLogger("kivy").setLevel(logging.WARNING)
    if rotation in (90, 270):
        width, height = height, width
    for section, option, value in (
        ("kivy", "exit_on_escape", "0"),
        ("kivy", "pause_on_minimize", "0"),
        ("graphics", "width", str(width)),
        ("graphics", "height", str(height)),
        ("graphics", "rotation", str(rotation)),
        ("graphics", "fullscreen", "auto" if fullscreen else "0"),
        ("graphics", "resizable", "0"),
        ("graphics", "multisamples", "0"),
        ("graphics", "show_cursor", "0" if fullscreen else "1"),
        ("input", "mouse", "mouse,disable_multitouch"),
        ("input", "%(name)s", f"probesysfs,provider=mtdev,param=rotation={panel}"),
    ):
        Config.set(section, option, value)
    for module in list(dict(Config.items("modules"))):
        Config.remove_option("modules", module)


def choose_card(machine: HostInfo, environment: MutableMapping[str, str]) -> None:
    """Select the graphics card that has a display, if SDL draws without an X server.

    Card numbers change between boots. By default SDL takes the first card, which on a Raspberry Pi 5 may have no
    display (SDL issue 13705).
    """
    if environment.get("SDL_VIDEODRIVER") == "kmsdrm" and (displays := machine.displays):
        environment.setdefault("SDL_KMSDRM_DEVICE_INDEX", str(displays[0].card))


def _return_freed_memory() -> None:
    """Return freed memory to the kernel. Textures change with every screen and would otherwise fragment the heap."""
    libc = ctypes.CDLL(None)
    libc.mallopt(M_ARENA_MAX, 2)
    libc.mallopt(M_MMAP_THRESHOLD, 64 * 1024)
    libc.mallopt(M_TRIM_THRESHOLD, 128 * 1024)
