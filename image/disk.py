"""Lay out the disk: its partitions, boot files and update bundle, without loop devices.

The firmware of a Raspberry Pi takes an MBR more reliably than a GPT. The first partition, BOOTSEL, names the slot to
boot and is the one that a technician's computer shows. Each slot has a boot partition (2, 3) and a root (5, 6).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SIGNATURE = 0x4B494F53
"""MBR signature of the disk, "KIOS": the initramfs finds its disk and fstab its partitions by it."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of partitions in MiB."""

    bootsel: int
    boot: int
    root: int
    data: int


def genimage_config(sizes: Sizes) -> str:
    """Return the configuration from which genimage makes disk.img."""

    def partition(name: str, kind: int, size: int, image: str = "") -> str:
        source = f' image = "{image}"' if image else ""
        return f"    partition {name} {{ partition-type = {kind:#04x} size = {size}M{source} }}\n"

    fat, linux = 0x0C, 0x83
    return (
        "image disk.img {\n"
        f'    hdimage {{ partition-table-type = "mbr" disk-signature = {SIGNATURE:#x} '
        "extended-partition = 4 align = 1M }\n"
        + partition("BOOTSEL", fat, sizes.bootsel, "bootsel.vfat")
        + partition("BOOT_A", fat, sizes.boot, "boot.vfat")
        + partition("BOOT_B", fat, sizes.boot)
        + partition("ROOT_A", linux, sizes.root, "root.img")
        + partition("ROOT_B", linux, sizes.root)
        + partition("DATA", linux, sizes.data, "data.ext4")
        + "}\n"
    )


def config_txt(common: str, kernel: str, lines: Sequence[str]) -> str:
    """Return config.txt of a board: the common part, the kernel's file and the board's own lines."""
    return f"{common}kernel={kernel}\ninitramfs initramfs8 followkernel\n" + "".join(f"{each}\n" for each in lines)


def command_line(root_hash: str, blocks: int, encrypts_data: bool = False) -> str:
    """Return the kernel's command line, the same in both slots: the firmware says which one it booted.

    Args:
        root_hash: Root hash of dm-verity, in hex.
        blocks: Blocks of 4096 bytes before the hash tree.
        encrypts_data: Whether a new data partition is encrypted.
    """
    words = (
        f"kiosk.disk={SIGNATURE:08x} kiosk.roothash={root_hash} kiosk.blocks={blocks}",
        "console=tty1 quiet loglevel=3 logo.nologo vt.global_cursor_default=0",
        "systemd.show_status=no fsck.repair=yes panic=10",
        *(("kiosk.encrypt_data",) if encrypts_data else ()),
    )
    return " ".join(words)


def manifest(compatible: str, version: str, journal_format: int) -> str:
    """Return the manifest of the update bundle: RAUC refuses another board's, and one that is older than the image."""
    return (
        f"[update]\ncompatible={compatible}\nversion={version}\n\n[bundle]\nformat=verity\n\n"
        f"[meta.kiosk]\njournal-format={journal_format}\n\n"
        "[image.boot]\nfilename=boot.vfat\n\n[image.rootfs]\nfilename=root.img\n"
    )
