"""Run work in a child process under strace, which kills it at one system call or makes that call fail."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.support.patience import PATIENCE

CALLS = (
    *("openat", "pwrite64", "write", "fdatasync", "fsync", "ftruncate", "fchmod", "fchown"),
    *("link", "linkat", "unlink", "unlinkat", "rename", "renameat", "renameat2", "mkdir", "mkdirat"),
)
"""System calls that change a file or its name. Nothing reaches the disk between two of them. No machine has all."""
PR_SET_PTRACER = 0x59616D61
ANY_PROCESS = ctypes.c_ulong(-1)
"""Let a sibling trace this child, where the kernel otherwise allows only the parent. Source: prctl(2)."""


@dataclass(frozen=True, slots=True)
class Blow:
    """Fault at the `when`-th system call of that name: SIGKILL if `error` is empty. `on`: also at all later ones."""

    call: str
    when: int
    error: str = ""
    on: bool = False

    def __str__(self) -> str:
        return f"{self.error or 'SIGKILL'} at {self.call} {self.when}{' and all after it' if self.on else ''}"

    @property
    def option(self) -> str:
        what = f"error={self.error}" if self.error else "signal=SIGKILL"
        return f"inject={self.call}:{what}:when={self.when}{'+' if self.on else ''}"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: `said` is what it wrote to its pipe; `code` is negative if a signal ended it."""

    said: bytes
    code: int
    calls: Counter[str]


def traced(work: Callable[[int], None], blow: Blow | None, log: Path) -> Ended:
    """Run `work` in a child, with the pipe to write to, as soon as strace is attached."""
    go_read, go_write = os.pipe()
    said_read, said_write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(go_write)
        os.close(said_read)
        _live(work, go_read, said_write)
    os.close(go_read)
    os.close(said_write)
    options = ["-e", f"trace={','.join(f'?{call}' for call in CALLS)}", *(["-e", blow.option] if blow else [])]
    tracer = subprocess.Popen(["strace", "-o", log, *options, "-p", str(child)], stderr=subprocess.PIPE)
    try:
        _wait_until_held(tracer)
        os.write(go_write, b"g")
        os.close(go_write)
        said = _read_all(said_read)
        _, status = os.waitpid(child, 0)
    except BaseException:
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        tracer.communicate(timeout=PATIENCE)
    calls = Counter(line.split("(", 1)[0] for line in log.read_text(errors="replace").splitlines() if "(" in line)
    return Ended(said, os.waitstatus_to_exitcode(status), calls)


def _read_all(pipe: int) -> bytes:
    """Read until the other end is closed. Raises RuntimeError if nothing arrives for PATIENCE seconds."""
    said: list[bytes] = []
    with os.fdopen(pipe, "rb", buffering=0) as file:
        while select.select([file], [], [], PATIENCE)[0]:
            if not (piece := file.read(1 << 16)):
                return b"".join(said)
            said.append(piece)
    raise RuntimeError(f"the child has written nothing for {PATIENCE:.0f} s")


def _live(work: Callable[[int], None], go: int, pipe: int) -> None:
    code = 3
    try:
        ctypes.CDLL(None).prctl(PR_SET_PTRACER, ANY_PROCESS)
        os.read(go, 1)
        work(pipe)
        code = 0
    finally:
        if code:
            traceback.print_exc()
        os._exit(code)


def _wait_until_held(tracer: subprocess.Popen[bytes]) -> None:
    """Wait until strace reports that it is attached; /proc names the tracer a moment too early.

    Raises RuntimeError if strace cannot trace.
    """
    assert tracer.stderr is not None
    said = b""
    while b" attached\n" not in said:
        readable = select.select([tracer.stderr], [], [], PATIENCE)[0]
        if not readable or not (piece := os.read(tracer.stderr.fileno(), 4096)):
            raise RuntimeError(f"strace cannot attach to a process here: {said.decode(errors='replace')}")
        said += piece
