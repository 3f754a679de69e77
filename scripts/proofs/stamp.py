"""Record when, on what and with which versions a proof ran."""

import argparse
import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
JUDGED = ("kiosk", "hub", "lending", "tests", "scripts")


def stamp(command: str) -> dict[str, str]:
    """Run with the Python that ran the proof. A `+` after the commit means that the checkout had changes."""
    import apsw

    changed = said("git", "status", "--porcelain", "--untracked-files=no", "--", *JUDGED)
    return {
        "at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "command": command,
        "commit": said("git", "rev-parse", "--short=10", "HEAD") + ("+" if changed else ""),
        "python": platform.python_version(),
        "sqlite": apsw.sqlite_lib_version(),
        "apsw": apsw.apsw_version(),
        "postgresql": postgresql(),
        "machine": machine(),
        "load": f"{os.getloadavg()[1]:.0f}",
    }


def said(*command: str) -> str:
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def postgresql() -> str:
    """Return the version of the newest PostgreSQL server, which the benchmarks use; empty if there is none."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    words = said(str(programs[-1]), "--version").split() if programs else []
    return words[2] if len(words) > 2 else ""


def machine() -> str:
    system = platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    return f"{os.cpu_count()} cores, {platform.machine()}, {system}, Linux {platform.release().partition('-')[0]}"


def beside(records: Path) -> Path:
    return records.with_suffix(".run.json")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("records", type=Path)
    options.add_argument("command")
    options.add_argument("--outcome", choices=("passed", "failed"), default="passed")
    options.add_argument("--minutes", type=int, default=0, help="of wall time")
    chosen = options.parse_args()
    run = stamp(chosen.command) | {"outcome": chosen.outcome, "minutes": chosen.minutes}
    beside(chosen.records).write_text(json.dumps(run, indent=1), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
