"""Test backup and restore through the hub's commands, also on PostgreSQL."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from django.db import connections

from hub.backups import backup_format
from hub.backups.backup_format import BackupTable, BadArchive, Head
from hub.demo.sample_data import Cases
from tests.hub.support.device import Device, enrolment_request
from tests.hub.support.prebuilt_database import administer, template, url
from tests.hub.support.remote_device import DeviceAuth
from tests.support.demo_library import demo
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.long

MINUTE = 60_000
"""A minute in request counters, which count milliseconds."""
POSTGRESQL = "postgresql" in connections.databases["default"]["ENGINE"]


@dataclass
class Place:
    """State directory and database of a hub."""

    state: Path
    url: str
    process: subprocess.Popen[str] | None = field(default=None)
    at: str = ""

    def demo(self) -> None:
        """Create the demo library."""
        if self.url:
            administer(f"DROP DATABASE {(name := self.url.rpartition('/')[2])}")
            administer(f"CREATE DATABASE {name} TEMPLATE {template()}")
            self.did("demo")
        else:
            demo(self.state)

    def does(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self._runs("-m", "hub.cli", *arguments)

    def python(self, code: str) -> str:
        """Run code in a process of this hub."""
        set_up = "from hub.core.django_setup import set_up; set_up()"
        done = self._runs("-c", f"{set_up}; from hub.outreach.messaging.models import MailAccount; {code}")
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _runs(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, env=self._environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )

    def did(self, *arguments: str) -> str:
        done = self.does(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refuses(self, *arguments: str) -> str:
        done = self.does(*arguments)
        assert (done.returncode, done.stdout) == (1, ""), done
        assert "Traceback" not in done.stderr, done.stderr
        return done.stderr

    def serves(self) -> None:
        command = [sys.executable, "-m", "hub.cli", "serve", "--demo", "--port", "0"]
        self.process = subprocess.Popen(command, env=self._environment, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.at = self.process.stdout.readline().strip().removeprefix("listening on ")

    def stops(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(PATIENCE)

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, "KIOSK_HUB_STATE": str(self.state), "DATABASE_URL": self.url}

    def loans(self, *items: str) -> dict[str, str]:
        """Return the loan state by item."""
        kept = requests.get(f"{self.at}/api/demo/state?items={','.join(items)}", timeout=PATIENCE).json()
        return {loan["item"]: loan["state"] for loan in kept["loans"]}


@dataclass
class FarKiosk:
    """Kiosk that derives request counters from the time, as real ones do, and reports a synced clock."""

    place: Place
    session: requests.Session
    device: Device
    seq: int = 0

    @staticmethod
    def enrolled(place: Place) -> FarKiosk:
        code = requests.post(f"{place.at}/api/demo/kiosks", json={"name": "front"}, timeout=PATIENCE).json()["code"]
        key = os.urandom(32)
        answer = requests.post(
            f"{place.at}/api/v1/fleet/enrolments", json=enrolment_request(code, key), timeout=PATIENCE
        ).json()
        session, device = requests.Session(), Device(answer["device"], key)
        device.counter = time.time_ns() // 1_000_000
        session.auth = DeviceAuth(device)
        return FarKiosk(place, session, device)

    def sends(self, path: str, body: object) -> requests.Response:
        """Post the body, once more with a counter of this moment if the first was too old."""
        answer = self.session.post(self.place.at + path, json=body, timeout=PATIENCE)
        if answer.status_code == 401 and answer.json()["detail"] == "old_counter":
            self.device.counter = time.time_ns() // 1_000_000
            answer = self.session.post(self.place.at + path, json=body, timeout=PATIENCE)
        return answer

    def returns(self, item: str) -> requests.PreparedRequest:
        """Upload a return and return the request as sent."""
        self.seq += 1
        row = {
            "id": f"0193{self.seq:04x}-0000-7000-8000-{int(self.device.id[:12], 16):012x}",
            "seq": self.seq,
            "boot": "b",
            "mono_ns": self.seq,
            "at": datetime.now(UTC).isoformat(),
            "trust": "synced",
            "kind": "checkin",
            "no_block": True,
            "body": json.dumps({"item": item, "mode": "provisional"}),
        }
        answer = self.sends("/api/v1/transactions", {"wire": 1, "rows": [row]})
        assert answer.json()["answers"][0]["outcome"] == "accepted"
        return answer.request

    def reports(self) -> None:
        now = requests.get(f"{self.place.at}/api/v1/health", timeout=PATIENCE).json()["now"]
        facts: dict[str, Any] = {"wire": 1, "version": "1", "boot": "b", "uptime": 1, "now": now, "trust": "synced"}
        facts |= {"parts": {}, "queued": 0, "set_aside": 0, "in_service": True}
        assert self.sends("/api/v1/fleet/health", facts).status_code == 200


@pytest.fixture
def places(tmp_path: Path, django_db_blocker: Any) -> Iterator[list[Place]]:
    """Return two empty places for hubs, on the kind of database that the suite runs on."""
    names = [f"place_{os.getpid()}_{number}" for number in range(2)]
    if POSTGRESQL:
        for name in names:
            administer(f"CREATE DATABASE {name}")
    found = [Place(tmp_path / name, url(name) if POSTGRESQL else "") for name in names]
    yield found
    for place in found:
        place.stops()
    if POSTGRESQL:
        for name in names:
            administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def barcode_of(case: str) -> str:
    return next(each.barcode for each in Cases().items if each.case == case)


def on_loan(place: Place) -> list[str]:
    """Return the items on loan in the demo library."""
    items = [each.barcode for each in Cases().items]
    return [item for item, state in place.loans(*items).items() if state == "on_loan"]


def test_restored_hub_has_the_data_of_the_backup_and_rejects_replayed_requests(
    places: list[Place], tmp_path: Path
) -> None:
    here, there = places
    file = tmp_path / "hub.backup"
    here.demo()
    here.serves()
    kiosk = FarKiosk.enrolled(here)
    kiosk.device.counter -= 30 * MINUTE
    kiosk.reports()
    first, second, *_ = on_loan(here)
    kiosk.returns(first)
    (anchors := here.state / "audit-anchors").write_text("as the backup has it")
    said = here.did("backup", str(file), "--clear")
    assert "names" in said
    anchors.write_text("")
    assert file.stat().st_mode & 0o777 == 0o600
    assert "exists; choose a" in here.refuses("backup", str(file), "--clear")
    kiosk.device.counter += 20 * MINUTE  # above every counter that the backup records as used
    recorded = kiosk.returns(second)
    assert "a hub serves" in here.refuses("restore", str(file), "--replace")
    here.stops()
    assert "--replace" in here.refuses("restore", str(file))
    there.state.mkdir()
    (there.state / "hub_key").write_text("ab" * 32)
    assert "another hub's backup" in there.refuses("restore", str(file))
    (here.state / "restoring").touch()
    assert "was interrupted" in here.refuses("serve", "--port", "0"), "as after a power failure"
    assert "send their later transactions again" in here.did("restore", str(file), "--replace")
    assert anchors.read_text() == "", "the hub's own anchors prove the restore"
    here.serves()
    assert here.loans(first, second) == {first: "handed_in", second: "on_loan"}
    recorded.url = f"{here.at}/api/v1/transactions"
    with requests.Session() as thief:
        played = thief.send(recorded, timeout=PATIENCE)
        assert played.json()["detail"] == "old_counter", "a request recorded since the backup is refused"
    assert here.loans(second) == {second: "on_loan"}
    kiosk.seq = 1
    kiosk.returns(second)
    assert here.loans(second) == {second: "handed_in"}


def test_backup_can_be_restored_on_the_other_database(places: list[Place], tmp_path: Path) -> None:
    """From PostgreSQL to SQLite and back if both exist; new rows continue the numbering."""
    here, there = places
    first, second = tmp_path / "first.backup", tmp_path / "second.backup"
    here.demo()
    here.did("backup", str(first), "--clear")
    other = Place(tmp_path / "sqlite", "") if POSTGRESQL else there
    other.did("restore", str(first))
    other.did("backup", str(second), "--clear")
    if POSTGRESQL:
        there.did("restore", str(second))
    there.did("add-kiosk", "new", "--branch", "main")
    there.did("backup", str(again := tmp_path / "again.backup"), "--clear")
    kept = _rows(first)
    assert kept == _rows(second)
    assert set(kept) < set(_rows(again))


def _rows(file: Path) -> list[tuple[str, str]]:
    found, table = [], ""
    for what in backup_format.contents(file):
        if isinstance(what, BackupTable):
            table = what.model
        else:
            found.append((table, json.dumps(what, sort_keys=True)))
    return found


def test_restore_includes_files_next_to_the_database(places: list[Place], tmp_path: Path) -> None:
    """Channels with their secrets, also those of the form, anchors of the access log, and the trained recommender."""
    here, there = places
    file = tmp_path / "hub.backup"
    here.demo()
    (here.state / "channels.toml").write_text("[mail]\nsender = 'library@example.org'\nhost = '127.0.0.1'\n")
    here.python("MailAccount.objects.create(host='127.0.0.1', user='library', password='correct horse')")
    here.did("nightly")
    here.did("backup", str(file), "--clear")
    assert b"secret_key" in (content := gzip.decompress(file.read_bytes())) and b"correct horse" not in content
    there.state.mkdir()
    (there.state / "channels.toml").write_text("# another's\n")
    (there.state / "recommender.npz").write_bytes(b"another's")
    said = there.did("restore", str(file))
    for name in ("channels.toml", "audit-anchors"):
        assert (there.state / name).read_bytes() == (here.state / name).read_bytes(), name
    assert there.python("print(MailAccount.objects.get().password.decrypt())").strip() == "correct horse"
    (aside,) = there.state.glob("channels.toml.replaced-*")
    assert aside.read_text() == "# another's\n" and str(aside) in said
    assert {path.stat().st_mode & 0o777 for path in there.state.glob("channels.toml*")} == {0o600}
    learnt = [np.load(place.state / "recommender.npz") for place in (here, there)]
    assert all(np.array_equal(learnt[0][name], learnt[1][name]) for name in learnt[0].files)


HEAD = Head("2026-11-25T06:30:00+00:00", "Test Library", "ab" * 32, [("circulation", "0001_initial")], {})


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.backup"
    with backup_format.open_backup_writer(path, HEAD, overwrite=False) as writer:
        writer.table(BackupTable("circulation.library", ["id", "name"]))
        writer.row([1, "Test Library"])
    return path


def test_every_damage_to_a_backup_is_detected(small: Path) -> None:
    assert backup_format.verify(small).library == "Test Library"
    lines = gzip.decompress(small.read_bytes()).splitlines(keepends=True)
    harmed = {
        "empty": b"",
        "truncated": small.read_bytes()[:-9],
        "no gzip": b"hello",
        "missing row": gzip.compress(b"".join([*lines[:2], *lines[3:]])),
        "extra row": gzip.compress(b"".join([*lines[:3], lines[2], *lines[3:]])),
        "changed text": gzip.compress(b"".join(lines).replace(b"Test", b"Best")),
        "no end": gzip.compress(b"".join(lines[:-1])),
        "data after the end": gzip.compress(b"".join([*lines, lines[2]])),
        "other version": gzip.compress(b"".join(lines).replace(b'backup":1', b'backup":2')),
    }
    for what, content in harmed.items():
        small.write_bytes(content)
        with pytest.raises(BadArchive):
            pytest.fail(f"{what}: {backup_format.verify(small)}")


def test_backup_never_overwrites_and_a_failed_one_leaves_no_file(small: Path) -> None:
    before = small.read_bytes()
    with pytest.raises(FileExistsError), backup_format.open_backup_writer(small, HEAD, overwrite=False):
        pass
    with pytest.raises(ZeroDivisionError), backup_format.open_backup_writer(small, HEAD, overwrite=True):
        raise ZeroDivisionError
    assert small.read_bytes() == before
    assert os.listdir(small.parent) == [small.name]
