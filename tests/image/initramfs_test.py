"""Test the initramfs builder on a small root."""

from __future__ import annotations

import lzma
import shutil
import struct
import sys
from pathlib import Path

import pytest

from image.initramfs import DIRECTORY, Entry, InitramfsError, archive, collect, module_order, needed_libraries

DEPENDENCIES = """\
kernel/a/dm-mod.ko.xz:
kernel/a/dm-bufio.ko.xz: kernel/a/dm-mod.ko.xz
kernel/a/dm-verity.ko.xz: kernel/a/dm-bufio.ko.xz kernel/a/dm-mod.ko.xz
kernel/b/unused.ko.xz:
"""


def test_modules_are_loaded_after_those_they_depend_on() -> None:
    order = module_order(DEPENDENCIES, ["dm-verity", "built-in"])
    assert [Path(each).name for each in order] == ["dm-mod.ko.xz", "dm-bufio.ko.xz", "dm-verity.ko.xz"]


def elf(needed: tuple[str, ...] = (), interpreter: str = "") -> bytes:
    """Return the parts of an ELF file that the loader's lists are in, at the addresses of their places in the file."""
    names = b"\0" + b"".join(each.encode() + b"\0" for each in needed)
    at, places = 1, []
    for each in needed:
        places.append(at)
        at += len(each) + 1
    head, kinds = 64, [1, 2, 3] if interpreter else [1, 2]
    strings = head + 56 * len(kinds)
    dynamic = strings + len(names)
    entries = [(1, place) for place in places] + [(5, strings), (0, 0)]
    table = b"".join(struct.pack("<QQ", *each) for each in entries)
    loader = dynamic + len(table)
    spans = {1: (0, loader), 2: (dynamic, len(table)), 3: (loader, len(interpreter) + 1)}
    programs = b"".join(
        struct.pack("<IIQQQQQQ", kind, 0, spans[kind][0], spans[kind][0], 0, spans[kind][1], 0, 0) for kind in kinds
    )
    start = b"\x7fELF\x02\x01".ljust(32, b"\0") + struct.pack("<Q", head)
    return (
        start.ljust(54, b"\0")
        + struct.pack("<HH", 56, len(kinds)).ljust(10, b"\0")
        + programs
        + names
        + table
        + (interpreter.encode() + b"\0")
    )


def small_root(folder: Path) -> Path:
    """Make a root with one kernel, the programs and a library that needs another."""
    root = folder / "root"
    modules = root / "usr/lib/modules/6.12"
    for line in DEPENDENCIES.splitlines():
        path = modules / line.partition(":")[0]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(lzma.compress(path.name.encode()))
    (modules / "modules.dep").write_text(DEPENDENCIES, encoding="ascii")
    files = {
        "usr/bin/busybox": elf(),
        "usr/sbin/veritysetup": elf(("libcrypt.so.1",), "/lib/ld-linux.so.1"),
        "usr/sbin/sfdisk": elf(("libcrypt.so.1",), "/lib/ld-linux.so.1"),
        "usr/lib/ld-linux.so.1": elf(),
        "usr/lib/libcrypt.so.1": elf(("libc.so.6",)),
        "usr/lib/libc.so.6": elf(),
    }
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


def test_programs_come_with_every_library_and_modules_unpacked(tmp_path: Path) -> None:
    files = collect(small_root(tmp_path), b"#!/bin/sh\n")
    programs = {"bin/busybox", "sbin/veritysetup", "sbin/sfdisk", "lib/libcrypt.so.1", "lib/libc.so.6"}
    modules = {f"modules/dm-{each}.ko" for each in ("mod", "bufio", "verity")}
    assert set(files) == {"init", "modules/order", "lib/ld-linux.so.1"} | programs | modules
    assert files["modules/dm-mod.ko"].data == b"dm-mod.ko.xz"
    assert files["modules/order"].data == b"dm-mod.ko\ndm-bufio.ko\ndm-verity.ko\n"


def test_missing_library_is_named(tmp_path: Path) -> None:
    root = small_root(tmp_path)
    (root / "usr/lib/libc.so.6").unlink()
    with pytest.raises(InitramfsError, match=r"needs libc\.so\.6, which is not in"):
        collect(root, b"")


def test_second_kernel_is_refused(tmp_path: Path) -> None:
    root = small_root(tmp_path)
    shutil.copytree(root / "usr/lib/modules/6.12", root / "usr/lib/modules/6.13")
    with pytest.raises(InitramfsError, match="has 2 kernels instead of one"):
        collect(root, b"")


def test_libraries_of_a_real_program_are_read() -> None:
    program = Path(sys.executable).resolve().read_bytes()
    if program[:6] != b"\x7fELF\x02\x01":
        pytest.skip("programs of this machine are not 64-bit little-endian ELF")
    libraries, interpreter = needed_libraries(program)
    assert any(each.startswith("libc.so") for each in libraries)
    assert interpreter is not None and "ld" in interpreter


def test_archive_has_folders_first_and_is_the_same_for_the_same_files() -> None:
    files = {"sbin/b": Entry(0o100755, b"12345"), "bin/a": Entry(0o100644, b"")}
    packed = archive(files)
    assert packed == archive(dict(reversed(files.items())))
    names = [line[110:].split(b"\0")[0] for line in packed.split(b"070701") for line in [b"070701" + line]][1:]
    assert names == [b"bin", b"sbin", b"bin/a", b"sbin/b", b"TRAILER!!!"]
    assert int(packed[14:22], 16) == DIRECTORY
    assert len(packed) % 4 == 0
