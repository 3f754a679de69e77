"""Test updates on a machine with real RAUC: the way to a new version, what is refused, and each way back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.updates import boot_slots, updater
from kiosk.updates.agent import install_refusal
from lending.wire import fleet
from tests.kiosk.sync.bench import run_async
from tests.kiosk.updates.machine import NEW, OLD, KioskLife, Machine, booted, offer_of
from tests.support.update_bundles import Authority

PIECE = 40_000


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("pki") / "library")


@pytest.fixture
def machine(tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    monkeypatch.setattr(updater, "PIECE", PIECE)
    with booted(tmp_path / "machine", authority) as running:
        monkeypatch.setenv("PATH", f"{running.folder}/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        yield running


async def update(machine: Machine, content: bytes, version: str = NEW) -> None:
    """Bring the machine to its trial of the version."""
    life = KioskLife(machine, content)
    async with life.running():
        life.updater.take(offer_of(content, version))
        await life.until(lambda: machine.restart is not None)
    machine.boot_as_asked()


@run_async
async def test_a_version_is_installed_between_visits_and_confirms_itself(machine: Machine) -> None:
    content = machine.authority.bundle(NEW).read_bytes()
    life = KioskLife(machine, content)
    life.resting = False
    async with life.running():
        life.updater.take(offer_of(content))
        await life.until(lambda: life.state == ("loading", None))
        assert life.fetched == [], "nothing during a visit"
        life.resting = True
        await life.until(lambda: len(life.fetched) > 2)
        life.resting = False
        before = len(life.fetched)
        await life.clock.sleep(5)
        assert len(life.fetched) <= before + 1
        life.resting = True
        await life.until(lambda: machine.restart is not None)
    assert machine.restart == "reboot --reboot-argument=0 tryboot"
    assert life.announced == [True]
    assert life.fetched == list(range(0, len(content), PIECE))
    assert (machine.version_in("A"), machine.version_in("B")) == ((OLD, OLD), (NEW, NEW))
    machine.boot_as_asked()
    life = KioskLife(machine)
    report = life.updater.report()
    assert (report.slot, report.running, report.confirmed, report.state) == ("B", NEW, False, "waiting")
    assert machine.slots.committed_slot() == "A"
    async with life.running():
        await life.until(lambda: life.updater.confirmed and life.state == ("idle", None))
    assert machine.slots.committed_slot() == "B"
    assert life.clock.monotonic() >= updater.STEADY
    assert not (machine.folder / "var/update/bundle.raucb").exists()


@run_async
async def test_without_the_hub_ten_quiet_minutes_confirm(machine: Machine) -> None:
    await update(machine, machine.authority.bundle(NEW).read_bytes())
    life = KioskLife(machine)
    life.hears = False
    async with life.running():
        await life.until(lambda: life.updater.confirmed)
    assert life.clock.monotonic() >= updater.PEACE


@pytest.mark.parametrize("by", ["the timer", "a panic"])
@run_async
async def test_a_version_that_does_not_work_falls_back(machine: Machine, by: str) -> None:
    content = machine.authority.bundle(NEW).read_bytes()
    await update(machine, content)
    life = KioskLife(machine)
    life.works = False
    async with life.running():
        await life.until(lambda: life.clock.monotonic() > 2 * updater.PEACE)
        assert not life.updater.confirmed
    if by == "the timer":
        boot_slots.fall_back(machine.slots)
        machine.boot_as_asked()
    else:
        machine.boot()
    life = KioskLife(machine, content)
    report = life.updater.report()
    assert (report.slot, report.running, report.target, report.state) == ("A", OLD, NEW, "fallen_back")
    async with life.running():
        life.updater.take(offer_of(content))
        await life.clock.sleep(5)
        assert not life.fetched, "an answer from before the hub knew"
        life.updater.take(None)
        life.updater.take(offer_of(content))
        await life.until(lambda: bool(life.fetched))


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


@pytest.mark.parametrize("fault", ["wrong_key", "wrong_board", "downgrade", "damaged", "no_way_back", "full"])
@run_async
async def test_a_bundle_is_refused_and_the_hub_hears_why(machine: Machine, tmp_path: Path, fault: str) -> None:
    version = "2026.10.3" if fault == "downgrade" else NEW
    signer = Authority.create(tmp_path / "stranger") if fault == "wrong_key" else machine.authority
    board = "library-kiosk-pi9" if fault == "wrong_board" else "library-kiosk-test"
    content = signer.bundle(version, board, 2 if fault == "no_way_back" else 3).read_bytes()
    if fault == "damaged":
        content = flipped(content, 100_000)  # as the hub itself has it: rauc finds it
    offer = offer_of(content, version)
    if fault == "full":
        offer = offer.model_copy(update={"size": 1 << 60})
    life = KioskLife(machine, content)
    async with life.running():
        life.updater.take(offer)
        await life.until(lambda: life.state[0] == "refused")
    assert life.state == ("refused", fault)
    assert machine.restart is None
    assert machine.slots.primary() == "A" and machine.slots.reboot_argument() == ""
    assert machine.version_in("A") == (OLD, OLD)
    assert not (machine.folder / "var/update/bundle.raucb").exists()
    machine.boot()
    assert KioskLife(machine).state == ("refused", fault), "also after a restart"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("Failed updating slot rootfs.1: Failed to copy data: Error reading from file: Input/output error", "damaged"),
        ("Failed updating slot rootfs.1: Failed to copy data: Error writing to file: Input/output error", "failed"),
        ("bundle payload is corrupted", "damaged"),
    ],
)
def test_a_changed_byte_is_told_from_a_slot_that_cannot_be_written(said: str, why: str) -> None:
    assert install_refusal(f"LastError: Installation error: {said}") == why


@run_async
async def test_half_a_download_is_continued_and_a_byte_flipped_on_the_way_is_found(machine: Machine) -> None:
    content = machine.authority.bundle(NEW).read_bytes()
    life = KioskLife(machine, content)
    life.line = 3 * PIECE
    async with life.running():
        life.updater.take(offer_of(content))
        await life.until(lambda: len(life.fetched) >= 4)
    life = KioskLife(machine, flipped(content, len(content) - 9))
    async with life.running():
        life.updater.take(offer_of(content))
        await life.until(lambda: life.state == ("refused", "damaged"))
        assert life.fetched[0] == 3 * PIECE
        life.content = content
        life.updater.take(None)
        life.updater.take(offer_of(content))
        await life.until(lambda: machine.restart is not None)
    assert machine.version_in("B") == (NEW, NEW)


@run_async
async def test_an_offer_that_is_withdrawn_restarts_nothing(machine: Machine) -> None:
    content = machine.authority.bundle(NEW).read_bytes()
    life = KioskLife(machine, content)
    async with life.running():
        life.updater.take(offer_of(content))
        await life.until(lambda: life.state == ("installing", None))
        life.updater.take(None)
        await life.until(lambda: life.state == ("waiting", None))
        await life.clock.sleep(30)
        assert machine.restart is None
        life.updater.take(offer_of(content))
        await life.until(lambda: machine.restart is not None)
    assert life.fetched == list(range(0, len(content), PIECE)), "it was not loaded again"


@run_async
async def test_the_hub_can_order_the_version_before_back(machine: Machine) -> None:
    await update(machine, machine.authority.bundle(NEW).read_bytes())
    life = KioskLife(machine)
    async with life.running():
        await life.until(lambda: life.updater.confirmed)
        life.updater.take(fleet.UpdateOffer(version=OLD))
        await life.until(lambda: machine.restart is not None)
    machine.boot_as_asked()
    life = KioskLife(machine)
    assert life.updater.running == OLD
    async with life.running():
        await life.until(lambda: life.updater.confirmed)
    assert machine.slots.committed_slot() == "A"


@run_async
async def test_a_version_that_cannot_read_the_journal_is_not_gone_back_to(machine: Machine) -> None:
    await update(machine, machine.authority.bundle(NEW).read_bytes())
    known = machine.folder / "var/update/slots.json"
    slots = json.loads(known.read_text())
    known.write_text(json.dumps({**slots, "A": {"version": OLD, "journal_format": 2}}))
    life = KioskLife(machine)
    async with life.running():
        await life.until(lambda: life.updater.confirmed)
        life.updater.take(fleet.UpdateOffer(version=OLD))
        await life.until(lambda: life.state == ("refused", "no_way_back"))
    assert machine.restart is None


@run_async
async def test_a_stick_brings_the_newest_signed_bundle_without_a_hub(machine: Machine, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    life = KioskLife(machine)
    async with life.running():
        (stick / "zz.raucb").write_bytes(Authority.create(tmp_path / "stranger").bundle("2027.1.1").read_bytes())
        machine.agent.install_from_stick(stick)
        await life.until(lambda: life.state == ("refused", "wrong_key"))
        for version in (NEW, "2026.9.1"):
            machine.authority.bundle(version).rename(stick / f"{version}.raucb")
        machine.agent.install_from_stick(stick)
        await life.until(lambda: machine.restart is not None)
    machine.boot_as_asked()
    assert machine.version_in("B") == (NEW, NEW) and KioskLife(machine).updater.running == NEW
