"""Build the initramfs on any machine, from the files of the image's own root.

initramfs-tools would run for minutes under an emulator. The result has `init`, busybox, veritysetup and sfdisk with
their libraries, and the kernel modules that reach the root, and is the same for the same files.

Source: Linux documentation, "initramfs buffer format" (cpio, magic 070701).
"""

from __future__ import annotations

import lzma
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

MODULES = """
    virtio_blk virtio_pci virtio_mmio virtio_rng virtio_gpu
    mmc_block sdhci-iproc sdhci-brcmstb bcm2835 bcm2835-dma
    usb-storage uas xhci-plat-hcd xhci-pci pcie-brcmstb reset-raspberrypi nvme
    dm-mod dm-verity dm-bufio squashfs sha2-ce sha256-arm64
""".split()
"""Kernel modules, without those that they depend on. One that a kernel has built in or lacks is left out."""
LIBRARIES = ("usr/lib/aarch64-linux-gnu", "usr/lib")
DIRECTORY, FILE, PROGRAM = 0o040755, 0o100644, 0o100755
LZMA_END, ZSTD_END = ".xz", ".zst"


class InitramfsError(Exception):
    """A file that the initramfs needs is not in the root."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the archive."""

    mode: int
    data: bytes


def module_order(dependencies: str, wanted: list[str]) -> list[str]:
    """Return the paths of modules in the order in which they have to be loaded.

    Args:
        dependencies: Text of modules.dep.
        wanted: Module names; `-` and `_` are the same.
    """
    needs = {path: rest.split() for path, _, rest in (line.partition(":") for line in dependencies.splitlines())}
    paths = {_module_name(path): path for path in needs}
    order: list[str] = []

    def add(path: str) -> None:
        for each in reversed(needs[path]):
            add(each)
        if path not in order:
            order.append(path)

    for name in wanted:
        if (path := paths.get(name.replace("-", "_"))) is not None:
            add(path)
    return order


def _module_name(path: str) -> str:
    return re.sub(r"\.ko.*", "", PurePosixPath(path).name).replace("-", "_")


def needed_libraries(program: bytes) -> tuple[list[str], str | None]:
    """Return the shared libraries of a 64-bit little-endian ELF file, and its interpreter if it is a program."""
    if program[:6] != b"\x7fELF\x02\x01":
        raise InitramfsError("not a 64-bit little-endian ELF file")
    at, size, count = (*struct.unpack_from("<Q", program, 32), *struct.unpack_from("<HH", program, 54))
    segments = [struct.unpack_from("<IIQQQQ", program, at + size * n) for n in range(count)]
    loads = [(virtual, offset, length) for kind, _, offset, virtual, _, length in segments if kind == 1]
    interpreter, entries = None, []
    for kind, _, offset, _, _, length in segments:
        if kind == 3:
            interpreter = program[offset : offset + length].rstrip(b"\0").decode()
        elif kind == 2:
            entries = [struct.unpack_from("<QQ", program, offset + 16 * n) for n in range(length // 16)]
    if not entries:
        return [], interpreter
    table = next(value for tag, value in entries if tag == 5)
    base = next(offset + table - virtual for virtual, offset, length in loads if virtual <= table < virtual + length)
    names = [program[base + value : program.index(b"\0", base + value)].decode() for tag, value in entries if tag == 1]
    return names, interpreter


def collect(root: Path, init: bytes) -> dict[str, Entry]:
    """Return the files of the initramfs by path. Raises InitramfsError.

    Args:
        root: Root file system of the image.
        init: First program.
    """
    files = {"init": Entry(PROGRAM, init), "bin/busybox": Entry(PROGRAM, _read(root, "usr/bin/busybox"))}
    for name in ("veritysetup", "sfdisk"):
        _add_program(root, f"usr/sbin/{name}", f"sbin/{name}", files)
    kernels = sorted((root / "usr/lib/modules").iterdir())
    if len(kernels) != 1:
        raise InitramfsError(f"{root}/usr/lib/modules has {len(kernels)} kernels instead of one")
    order = module_order((kernels[0] / "modules.dep").read_text(encoding="utf-8"), MODULES)
    names = []
    for path in order:
        name, data = PurePosixPath(path).name, (kernels[0] / path).read_bytes()
        if name.endswith(ZSTD_END):
            raise InitramfsError(f"{path}: modules compressed with zstd are not supported")
        if name.endswith(LZMA_END):
            name, data = name.removesuffix(LZMA_END), lzma.decompress(data)
        files[f"modules/{name}"] = Entry(FILE, data)
        names.append(name)
    files["modules/order"] = Entry(FILE, "".join(f"{name}\n" for name in names).encode())
    return files


def _read(root: Path, path: str) -> bytes:
    try:
        return (root / path).read_bytes()
    except OSError as error:
        raise InitramfsError(f"{root / path}: {error.strerror}") from None


def _add_program(root: Path, source: str, target: str, files: dict[str, Entry]) -> None:
    """Add a program or library with everything that it loads."""
    data = _read(root, source)
    files[target] = Entry(PROGRAM, data)
    libraries, interpreter = needed_libraries(data)
    if interpreter is not None:
        # /lib is a link to /usr/lib in the root.
        files.setdefault(interpreter.lstrip("/"), Entry(PROGRAM, _read(root, f"usr{interpreter}")))
    for name in libraries:
        if f"lib/{name}" not in files:
            found = next((each for each in LIBRARIES if (root / each / name).exists()), None)
            if found is None:
                raise InitramfsError(f"{source} needs {name}, which is not in {root}")
            _add_program(root, f"{found}/{name}", f"lib/{name}", files)


def archive(files: Mapping[str, Entry]) -> bytes:
    """Return the cpio archive, with the parent folders; owner root, time 0, the same bytes for the same files."""
    return b"".join(_records(files))


def _records(files: Mapping[str, Entry]) -> Iterator[bytes]:
    folders = sorted({str(each) for path in files for each in PurePosixPath(path).parents if str(each) != "."})
    entries = [(each, Entry(DIRECTORY, b"")) for each in folders] + sorted(files.items())
    for number, (path, entry) in enumerate((*entries, ("TRAILER!!!", Entry(0, b""))), 1):
        name = path.encode() + b"\0"
        fields = (number, entry.mode, 0, 0, 1, 0, len(entry.data), 0, 0, 0, 0, len(name), 0)
        head = b"070701" + b"".join(b"%08X" % each for each in fields) + name
        yield head + bytes(-len(head) % 4) + entry.data + bytes(-len(entry.data) % 4)
