"""Test an update from `kiosk-hub release add` to the second slot: a real hub, the fleet client and real RAUC."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk.journal.journal import Counts, UploadWatermark
from kiosk.sync.enrolment import enrol
from kiosk.sync.fleet_client import Facts, FleetClient, OutOfServiceStore
from kiosk.sync.request_signer import Signer
from kiosk.sync.rollback_detector import CloneWarnings
from kiosk.sync.settings_store import SettingsStore
from tests.kiosk.sync.bench import run_async
from tests.kiosk.sync.demo_hub import DemoHub
from tests.kiosk.sync.patience import PATIENT
from tests.kiosk.updates.machine import NEW, OLD, KioskLife, booted
from tests.support.librarian import Librarian
from tests.support.update_bundles import Authority


def fleet_client(hub: DemoHub, state: Path, life: KioskLife) -> FleetClient:
    async def counts() -> Counts:
        return Counts(0, 0, 0)

    async def carried() -> UploadWatermark:
        return UploadWatermark("", 0)

    async def nothing(*_: object) -> list[object]:
        return []

    signer = Signer.load(state)
    facts = Facts(dict, counts, lambda: True, "b3f1", carried, nothing, lambda: datetime.now(UTC), nothing)  # type: ignore[arg-type]
    settings = SettingsStore(state, signer.identity, lambda values: "", lambda values: [])
    stores = OutOfServiceStore(state), CloneWarnings(state), settings
    return FleetClient(
        hub.url, signer, life.clock, facts, *stores, lambda told: None, timing=PATIENT, updates=life.updater
    )


@contextlib.asynccontextmanager
async def kiosk(hub: DemoHub, state: Path, life: KioskLife):  # type: ignore[no-untyped-def]
    """Run the updater with a fleet client that fetches from the hub."""
    client = fleet_client(hub, state, life)

    async def fetch(path: str, first: int, last: int) -> bytes:
        life.fetched.append(first)
        return await client.fetch_range(path, first, last)

    life.fetch = fetch  # type: ignore[method-assign]
    async with life.running():
        task = asyncio.ensure_future(client.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            client.close()


@run_async
async def test_a_release_added_at_the_hub_ends_in_the_other_slot(
    hub: DemoHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority.create(tmp_path / "library")
    state = tmp_path / "state"
    state.mkdir()

    def release(*arguments: str) -> str:
        environment = os.environ | {"KIOSK_HUB_STATE": str(hub.own), "DATABASE_URL": ""}
        command = [sys.executable, "-m", "hub.cli", "release", *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    with booted(tmp_path / "machine", authority) as machine:
        monkeypatch.setenv("PATH", f"{machine.folder}/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        enrol(hub.url, hub.code("imaged"), state, timing=PATIENT)
        release("add", str(authority.bundle(NEW)), "--keyring", str(authority.keyring))
        assert "at a time" in release("start", NEW, "--hours", "any")
        life = KioskLife(machine)
        async with kiosk(hub, state, life):
            await life.until(lambda: machine.restart is not None)
        assert machine.version_in("B") == (NEW, NEW)
        machine.boot_as_asked()
        life = KioskLife(machine)
        staff = Librarian(hub.url, hub.own)
        async with kiosk(hub, state, life):
            await life.until(lambda: life.updater.confirmed)
            await life.until(lambda: f"Version {NEW} is rolled out" in staff.page("kiosks/"))
        assert f"Updated to {NEW} and confirmed" in staff.page("kiosks/updates/")
        assert f"Offered; runs {OLD}" in staff.page("kiosks/updates/")
        staff.close()
