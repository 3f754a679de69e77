"""kiosk enrol: makes this device one of the hub's kiosks; tells what the hub knows otherwise."""

from __future__ import annotations

import sys
from pathlib import Path

from kiosk.asking import secret
from kiosk.config import load
from kiosk.provision import refusal
from kiosk.provision.enrolling import enrol_kiosk


def run(file: Path, code: str | None) -> int:
    """Asks for the code where none is given. Raises ConfigError, EnrolmentFailed."""
    config = load(file)
    try:
        code = code or secret("One-time code from the hub's page Kiosks")
    except (KeyboardInterrupt, EOFError):
        print("\nstopped: nothing was changed", file=sys.stderr)
        return 1
    done = enrol_kiosk(config, code)
    refusal.forget(file)
    print(f"enrolled at {config.central.url} as {done.kiosk}, branch {done.branch}")
    if done.branch != config.library.branch:
        print(f"kiosk.toml says library.branch = {config.library.branch!r}: one of the two is wrong", file=sys.stderr)
    if done.clock_is_wrong:
        minutes = abs(done.ahead.total_seconds()) / 60
        way = "ahead of" if done.ahead.total_seconds() > 0 else "behind"
        print(f"this machine's clock is {minutes:.0f} minutes {way} the hub's: set one of them", file=sys.stderr)
    return 0
