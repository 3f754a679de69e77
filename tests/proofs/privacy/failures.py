"""Let a hub fail in every area while it handles marked patrons, and collect its output."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import requests
import uuid6

from kiosk.sync.enrolment import enrol
from kiosk.sync.http import Host
from kiosk.sync.hub_client import API, MOST_ANSWER
from kiosk.sync.request_signer import Signer
from tests.kiosk.sync.patience import PATIENT
from tests.proofs.privacy.canaries import Canaries, hashed
from tests.support.demo_library import demo
from tests.support.librarian import Librarian
from tests.support.patience import PATIENCE

SAID = {
    "a kiosk asks": "500 at api/v1/cards/<hash>",
    "staff search": "500 at staff/patrons/",
    "a row is judged": "a row was set aside: hub error: IntegrityError",
    "the server itself": "gunicorn.error: ",
    "a thread": "lending.redacted_log: uncaught exception, a thread ends",
    "nobody hears": "lending.redacted_log: exception ignored in a destructor or callback",
    "a warning": "RuntimeWarning at proofs/privacy/failing_hub.py:",
    "a library": "a.library: proofs/privacy/failing_hub.py:",
    "the database": "DEBUG django.db.backends: db/backends/utils.py:",
    "a command": "lending.redacted_log: uncaught exception, the program ends",
}
"""Text that the log must contain for each failure: otherwise it did not occur, and nothing was shown."""


@dataclass(frozen=True, slots=True)
class Told:
    hub: bytes
    """The hub's own log, of all its processes."""
    usual: bytes
    """The log that Django's default settings write of the same."""
    card_key: bytes

    @property
    def unheard(self) -> list[str]:
        said = self.hub.decode()
        return [what for what, words in SAID.items() if words not in said]


def failed(folder: Path, marked: Canaries) -> Told:
    """Run the hub with its failures; `folder` is empty and kept."""
    patron, state = marked.patrons[0], folder / "state"
    personal = [patron.name, patron.identifier, patron.uid]
    (folder / "marked").write_text("\n".join(personal), encoding="utf-8")
    environment = {**os.environ, "KIOSK_HUB_STATE": str(state), "DATABASE_URL": "", "FAILING": str(folder)}
    demo(state)
    log = folder / "hub.log"
    with _serving(environment, log) as url:
        _asks(url, state, patron.name, hashed(patron.uid, card_key(state)))
    people, _items = marked.sheets(folder)
    with log.open("ab") as stream:
        command = [sys.executable, "-m", "tests.proofs.privacy.failing_hub", "import-patrons", str(people), "--yes"]
        dead = subprocess.run(command, env=environment, stdout=stream, stderr=stream, timeout=PATIENCE, check=False)
    assert dead.returncode == 1, "the command did not die"
    return Told(log.read_bytes(), (folder / "usual.log").read_bytes(), card_key(state))


def card_key(state: Path) -> bytes:
    return bytes.fromhex((state / "card_key").read_text(encoding="ascii").strip())


@contextlib.contextmanager
def _serving(environment: dict[str, str], log: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.proofs.privacy.failing_hub", "serve", "--demo", "--port", "0"]
    with log.open("wb") as stream:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=stream, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip().removeprefix("listening on ")
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _asks(url: str, state: Path, name: str, card: str) -> None:
    code = requests.post(f"{url}/api/demo/kiosks", json={"name": "front"}, timeout=PATIENCE).json()["code"]
    enrol(url, code, state / "kiosk", timing=PATIENT)
    body = f'{{"card":"{card}","due":"2026-12-23T15:59:00+00:00","item":"{name}","verified":"card"}}'
    row = {
        "id": str(uuid6.uuid7()), "seq": 1, "boot": "b", "mono_ns": 1, "at": "2026-11-25T06:30:00+00:00",
        "trust": "synced", "kind": "checkout", "no_block": True, "body": body,
    }  # fmt: skip
    kiosk = Host(url, Signer.load(state / "kiosk"), None, PATIENT)
    statuses = [
        kiosk.get(f"{API}/cards/{card}", MOST_ANSWER).status,
        kiosk.post(f"{API}/transactions", MOST_ANSWER, json.dumps({"wire": 1, "rows": [row]}).encode(), False).status,
        _staff_search(url, state, name),
        requests.get(f"{url}/gunicorn/{name}", timeout=PATIENCE).status_code,
        requests.get(f"{url}/all-over/{name}", timeout=PATIENCE).status_code,
    ]
    kiosk.close()
    assert statuses == [500, 200, 500, 500, 404], statuses


def _staff_search(url: str, state: Path, name: str) -> int:
    staff = Librarian(url, state)
    status: int = staff.browser.get(f"{url}/staff/patrons/", params={"q": name}, timeout=PATIENCE).status_code
    staff.close()
    return status
