"""A file system (FUSE) with one file that records every write and sync.

The kernel's protocol is spoken over /dev/fuse itself: https://docs.kernel.org/filesystems/fuse.html, linux/fuse.h.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct
from collections.abc import Callable
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

from kiosk.wiring.power_cut_disk import Recording, Sync, Write

LOOKUP, FORGET, GETATTR, SETATTR, OPEN, READ, WRITE, RELEASE, FSYNC, FLUSH, INIT = (
    1,
    2,
    3,
    4,
    14,
    15,
    16,
    18,
    20,
    25,
    26,
)
INTERRUPT, DESTROY, BATCH_FORGET = 36, 38, 42
ROOT, FILE = 1, 2
NAME = "disk"
MOST_WRITE = 1 << 17
HEAD, ANSWER = struct.Struct("<IIQQIIII"), struct.Struct("<IiQ")
FOREVER = 1 << 31
"""Seconds for which the kernel may cache attributes: only this mount changes the file."""


def mount(folder: Path) -> int:
    """Mount a FUSE file system at the folder and return the file descriptor of the kernel's requests.

    Needs root. Raises OSError.
    """
    handle = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={handle},rootmode=40000,user_id=0,group_id=0,max_read={MOST_WRITE}".encode()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"kiosk-blocks", os.fsencode(folder), b"fuse.kiosk", 0, options):
        raise OSError(ctypes.get_errno(), "mount of FUSE")
    return handle


class FuseFile:
    """Serve the file until it is unmounted. `count` is the number of recorded operations."""

    def __init__(self, handle: int, content: bytes, count: Synchronized[int]) -> None:
        self._handle = handle
        self._content = bytearray(content)
        self._count = count
        self.recording = Recording({NAME: content})

    def serve(self) -> None:
        while True:
            try:
                asked = os.read(self._handle, MOST_WRITE + 8192)
            except OSError as error:
                if error.errno == errno.ENODEV:
                    return
                if error.errno in (errno.EINTR, errno.ENOENT, errno.EAGAIN):
                    continue
                raise
            _, code, unique, node, *_ = HEAD.unpack_from(asked)
            if code in (FORGET, BATCH_FORGET, INTERRUPT):
                continue
            failed, answer = self._answer(code, node, asked[HEAD.size :])
            os.write(self._handle, ANSWER.pack(ANSWER.size + len(answer), -failed, unique) + answer)
            if code == DESTROY:
                return

    def _answer(self, code: int, node: int, asked: bytes) -> tuple[int, bytes]:
        known: dict[int, Callable[[], tuple[int, bytes]]] = {
            INIT: lambda: (0, self._init(asked)),
            LOOKUP: lambda: self._lookup(asked),
            GETATTR: lambda: (0, struct.pack("<QII", FOREVER, 0, 0) + self._attributes(node)),
            SETATTR: lambda: (0, struct.pack("<QII", FOREVER, 0, 0) + self._attributes(node)),
            OPEN: lambda: (0, struct.pack("<QII", 1, 0, 0)),
            READ: lambda: (0, self._read(asked)),
            WRITE: lambda: (0, self._write(asked)),
            FSYNC: lambda: (0, self._sync()),
            FLUSH: lambda: (0, b""),
            RELEASE: lambda: (0, b""),
            DESTROY: lambda: (0, b""),
        }
        return known.get(code, lambda: (errno.ENOSYS, b""))()

    def _init(self, asked: bytes) -> bytes:
        _, minor, ahead, _ = struct.unpack_from("<IIII", asked)
        return struct.pack("<IIIIHHIIHHI28x", 7, min(minor, 31), ahead, 0, 12, 9, MOST_WRITE, 1, 0, 0, 0)

    def _lookup(self, asked: bytes) -> tuple[int, bytes]:
        if asked.rstrip(b"\0") != NAME.encode():
            return errno.ENOENT, b""
        return 0, struct.pack("<QQQQII", FILE, 0, FOREVER, FOREVER, 0, 0) + self._attributes(FILE)

    def _attributes(self, node: int) -> bytes:
        size = len(self._content) if node == FILE else 0
        mode = stat.S_IFREG | 0o600 if node == FILE else stat.S_IFDIR | 0o700
        return struct.pack("<QQQQQQIIIIIIIIII", node, size, size // 512, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)

    def _read(self, asked: bytes) -> bytes:
        _, offset, size = struct.unpack_from("<QQI", asked)
        return bytes(self._content[offset : offset + size])

    def _write(self, asked: bytes) -> bytes:
        _, offset, size = struct.unpack_from("<QQI", asked)
        data = asked[40 : 40 + size]
        self._content[offset : offset + size] = data
        self._note(Write(0, offset, data))
        return struct.pack("<II", size, 0)

    def _sync(self) -> bytes:
        self._note(Sync(0))
        return b""

    def _note(self, operation: Write | Sync) -> None:
        self.recording.note(operation)
        with self._count:
            self._count.value += 1
