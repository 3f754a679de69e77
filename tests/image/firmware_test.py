"""Test the acted boot firmware of the proofs: which partition it starts, and what it reads of the disk."""

from __future__ import annotations

import importlib.util
import struct
import sys
from pathlib import Path
from types import ModuleType

import pytest

from kiosk.updates.boot_slots import autoboot_text

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def firmware() -> ModuleType:
    specification = importlib.util.spec_from_file_location("firmware", ROOT / "scripts/proofs/firmware.py")
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["firmware"] = module
    specification.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("committed", "tryboot", "partition"), [("A", False, "2"), ("A", True, "3"), ("B", False, "3"), ("B", True, "2")]
)
def test_trial_takes_the_other_slot(firmware: ModuleType, committed: str, tryboot: bool, partition: str) -> None:
    text = autoboot_text(committed).decode()
    filters = {"all", "tryboot"} if tryboot else {"all"}
    assert firmware.settings(text, filters)["boot_partition"] == partition


def test_settings_of_another_board_do_not_count(firmware: ModuleType) -> None:
    text = "kernel=a\n[pi5]\nkernel=b  # not here\n[all]\ninitramfs initramfs8 followkernel\n#kernel=c\n"
    assert firmware.settings(text, {"all", "pi4"}) == {"kernel": "a", "initramfs": "initramfs8"}


def entry(kind: int, start: int, size: int) -> bytes:
    return bytes(4) + bytes([kind, 0, 0, 0]) + struct.pack("<II", start, size)


def table(*entries: bytes) -> bytes:
    return b"".join(entries).rjust(510 - 64 + 16 * len(entries), b"\0").ljust(510, b"\0") + b"\x55\xaa"


def test_logical_partitions_count_from_five(firmware: ModuleType, tmp_path: Path) -> None:
    """Each logical partition has a table of its own, with its start from there and the next table's from the first."""
    image = tmp_path / "disk.img"
    with image.open("wb") as file:
        file.write(table(entry(0x0C, 8, 8), entry(0x0C, 16, 8), entry(0, 0, 0), entry(0x0F, 32, 96)))
        file.seek(32 * 512)
        file.write(table(entry(0x83, 4, 12), entry(0x05, 16, 32)))
        file.seek(48 * 512)
        file.write(table(entry(0x83, 4, 28)))
    found = {number: (each.offset // 512, each.size // 512) for number, each in firmware.partitions(image).items()}
    assert found == {1: (8, 8), 2: (16, 8), 5: (36, 12), 6: (52, 28)}


def test_disk_without_a_table_is_refused(firmware: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "disk.img").write_bytes(bytes(1024))
    with pytest.raises(firmware.ProofError, match="no partition table in sector 0"):
        firmware.partitions(tmp_path / "disk.img")
