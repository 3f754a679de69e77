"""Harm the kiosk's unit in several ways, inside the booted container, and report how systemd reacted."""

import grp
import json
import os
import pwd
import re
import signal
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from kiosk.config import write_example

UNIT = "kiosk.service"
HUB = "http://127.0.0.1:8000"
BOOT = Path("/boot/firmware/kiosk.toml")
MADE = (Path("/etc/kiosk/kiosk.toml"), Path("/var/lib/kiosk/journal.db"), Path("/var/lib/kiosk/identity.json"))
PATIENCE = 90.0
TOLD = """ActiveState SubState Result NRestarts MainPID ExecMainStatus ExecMainCode WatchdogUSec
    ExecMainStartTimestampMonotonic ActiveEnterTimestampMonotonic"""


def shown(unit: str = UNIT) -> dict[str, str]:
    command = ["systemctl", "show", unit, "--property", ",".join(TOLD.split())]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return dict(line.split("=", 1) for line in lines)


def wait(what: str, until: Callable[[], bool]) -> float:
    """Wait until it holds; return the seconds that this took."""
    start = time.monotonic()
    while not until():
        if time.monotonic() - start > PATIENCE:
            log = subprocess.run(["journalctl", "-b", "-n", "60", "--no-pager"], capture_output=True, text=True).stdout
            sys.exit(f"did not come: {what}\n{shown()}\n{log}")
        time.sleep(0.05)
    return time.monotonic() - start


def active() -> bool:
    return shown()["ActiveState"] == "active"


def to_ready() -> float:
    """Return the seconds from the start of the process to READY=1, as systemd measured them."""
    facts = shown()
    return (int(facts["ActiveEnterTimestampMonotonic"]) - int(facts["ExecMainStartTimestampMonotonic"])) / 1e6


def told() -> str:
    """Return everything that systemd and the kiosk logged about the unit."""
    command = ["journalctl", "-b", "-u", UNIT, "-o", "cat", "--no-pager"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def harmed(how: str, number: signal.Signals, wanted: str) -> None:
    """Send a signal to the main process; systemd must restart it, for the expected reason."""
    before, known = shown(), told().count(wanted)
    os.kill(int(before["MainPID"]), number)
    restarts = int(before["NRestarts"]) + 1
    took = wait(how, lambda: active() and int(shown()["NRestarts"]) == restarts)
    if told().count(wanted) <= known:
        sys.exit(f"{how}: systemd does not say {wanted!r}\n{told()}")
    print(f"{how}: ended ({wanted}) and ready again after {took:.1f} s", flush=True)


def said(user: str, program: str, *words: str) -> str:
    """Run one of our programs as its own user and return its output."""
    command = ["runuser", "-u", user, "--", f"/opt/library-kiosk/venv/bin/{program}", *words]
    environment = {**os.environ, "KIOSK_HUB_STATE": "/var/lib/kiosk-hub"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        sys.exit(f"{program} {words}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def queue() -> str:
    return said("kiosk", "kiosk", "journal", "show")


def provision() -> None:
    """Put a kiosk.toml and a code of the local hub onto the boot partition, as a laptop would."""
    wait("the hub listens", listens)
    said("kiosk-hub", "kiosk-hub", "demo")
    code = re.search(r"code: (\S+)", said("kiosk-hub", "kiosk-hub", "add-kiosk", "Proof", "--branch", "main"))
    if code is None:
        sys.exit("the hub gave no code")
    write_example(BOOT, Path("/var/lib/kiosk"), Path("/run/kiosk"), HUB)
    with BOOT.open("a", encoding="utf-8") as file:
        file.write(f'[enrolment]\ncode = "{code.group(1)}"\n')
    restarts = int(shown()["NRestarts"])
    subprocess.run(["systemctl", "start", "kiosk-provision.service"])
    took = wait("the kiosk starts anew, provisioned", lambda: active() and int(shown()["NRestarts"]) > restarts)
    print(f"provisioned from the boot partition; the kiosk was one after {took:.1f} s", flush=True)
    for path in MADE:
        facts = path.stat()
        owner, group = pwd.getpwuid(facts.st_uid).pw_name, grp.getgrgid(facts.st_gid).gr_name
        print(f"{path}: {stat.filemode(facts.st_mode)} {owner} {group}", flush=True)
    if code.group(1) in BOOT.read_text(encoding="utf-8"):
        sys.exit("the code still stands on the boot partition")


def listens() -> bool:
    try:
        with urllib.request.urlopen(HUB, timeout=30) as page:
            return bool(page.status == 200)
    except OSError:
        return False


def of_the_process(name: str) -> str:
    text = Path(f"/proc/{shown()['MainPID']}/status").read_text(encoding="ascii")
    return next(line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith(name + ":"))


def main() -> None:
    wait("a kiosk without a kiosk.toml is ready all the same: it says so on its screen", active)
    print("without a kiosk.toml: ready, to say so", flush=True)
    provision()
    restarts = int(shown()["NRestarts"])
    wait("the kiosk is ready", active)
    facts = shown()
    print(f"ready {to_ready():.2f} s after its start; watchdog every {facts['WatchdogUSec']}", flush=True)
    print(f"capabilities {of_the_process('CapEff')}, no new privileges {of_the_process('NoNewPrivs')}", flush=True)
    print(queue(), flush=True)
    time.sleep(25)
    if int(shown()["NRestarts"]) != restarts:
        sys.exit(f"a kiosk that is well was started anew\n{shown()}")
    print("well for longer than the watchdog waits: not touched", flush=True)
    harmed("the whole process stands still (SIGSTOP)", signal.SIGSTOP, "Watchdog timeout")
    harmed("the desk's loop hangs, its threads go on", signal.SIGUSR1, "Watchdog timeout")
    harmed("the journal no longer answers", signal.SIGUSR2, "Watchdog timeout")
    harmed("it crashes (SIGSEGV)", signal.SIGSEGV, "code=killed, status=11/SEGV")
    subprocess.run(["systemctl", "start", "kiosk-hub-export.service"], check=True)
    print("kiosk-hub-export wrote " + " ".join(sorted(os.listdir("/var/lib/kiosk-hub/export"))), flush=True)
    start = time.monotonic()
    subprocess.run(["systemctl", "stop", UNIT, "kiosk-hub.service"], check=True)
    facts = shown()
    if (facts["ActiveState"], facts["Result"], facts["ExecMainStatus"]) != ("inactive", "success", "0"):
        sys.exit(f"it did not stop cleanly: {json.dumps(facts)}")
    if Path("/run/kiosk").exists():
        sys.exit("/run/kiosk is still there")
    print(f"stopped cleanly in {time.monotonic() - start:.2f} s", flush=True)
    print(queue(), flush=True)
    print("all of it held", flush=True)


if __name__ == "__main__":
    main()
