"""Start the programs of a visit, and make sure that none outlives the player."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from pathlib import Path

from kiosk.system.control_socket import Control, KioskSilent
from kiosk.wiring.power_cut_disk import restore_files
from lending.transactions import ClockTrust

PATIENCE = 600.0
"""Time limit in seconds of anything that is not measured.

It only ends what hangs: on a busy disk, I/O can stall for minutes.
"""
START_SECONDS = STOP_SECONDS = 300.0
PR_SET_PDEATHSIG = 1
"""prctl(2) option: signal to send when the parent dies."""


class ProgramFailed(Exception):
    """A program of the visit did not start, or ended unexpectedly. `args[0]` names it, with its last output."""


def without_a_screen(folder: Path) -> Mapping[str, str]:
    """Return variables that draw off-screen (unless SDL_VIDEODRIVER is set) and keep files out of the home folder."""
    return {
        "SDL_VIDEODRIVER": os.environ.get("SDL_VIDEODRIVER", "offscreen"),
        "KIVY_HOME": str(folder / "kivy"),
        "MESA_SHADER_CACHE_DIR": str(folder / "shaders"),
    }


def end_on_signals() -> None:
    """Cancel the running task on SIGTERM and SIGHUP, so that it cleans up."""
    task = asyncio.current_task()
    assert task is not None
    for each in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(each, task.cancel)


async def start(arguments: Sequence[str], environment: Mapping[str, str], log: Path, *, piped: bool = False) -> Process:
    """Start `python -m ARGUMENTS` in a session of its own; the kernel kills it when the player ends."""
    libc = ctypes.CDLL(None, use_errno=True)
    with log.open("ab") as words:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *arguments,
            env={**os.environ, **environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE if piped else words,
            stderr=words,
            start_new_session=True,
            preexec_fn=lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL),
        )


async def stop(process: Process) -> None:
    """Terminate a process, and after five minutes kill it with its children."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):  # asyncio.wait_for of Python 3.11 may swallow a cancellation
                await process.wait()
    finally:
        await kill(process)


async def kill(process: Process) -> None:
    """Kill the whole session of a process that still runs."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def last_words(log: Path, lines: int = 5) -> str:
    """Return the last lines of a program's output."""
    text = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() if log.exists() else []
    return "\n".join(text[-lines:]) or "it said nothing"


class KioskProcess:
    """The kiosk under test: start, watch, kill, and restart on the same journal."""

    def __init__(
        self,
        config: Path,
        socket: Path,
        via: tuple[str, int],
        environment: Mapping[str, str],
        log: Path,
        trust: ClockTrust,
        language: str | None = None,
        cuttable: Path | None = None,
    ) -> None:
        """Prepare a kiosk.

        Args:
            config: The kiosk's kiosk.toml.
            socket: Its control socket.
            via: Address of the proxy to the central.
            environment: Additional environment variables.
            log: File for its output.
            trust: How far the central may trust the visit's clock.
            language: Language at the start, or None for the configured one.
            cuttable: Journal that power cuts affect, or None.
        """
        self._config = config
        self._socket = socket
        self._via = via
        self._environment = environment
        self._log = log
        self._trust = trust
        self._language = language
        self._cuttable = cuttable
        self._process: Process | None = None
        self._control: Control | None = None

    async def start(self, clock: str | None) -> Control:
        """Start the kiosk and wait for its control socket.

        `clock` is an ISO time with offset, or None. Raises ProgramFailed.
        """
        with contextlib.suppress(KioskSilent):
            (await Control.connect(self._socket)).close()
            raise ProgramFailed(f"a kiosk runs on this set-up already ({self._socket} answers): stop it first")
        at = ("--clock", clock) if clock is not None else ()
        host, port = self._via
        speaks = ("--language", self._language) if self._language is not None else ()
        cuttable = ("--cuttable",) if self._cuttable is not None else ()
        stage = ("--stage", *at, *speaks, *cuttable, "--via", f"{host}:{port}", "--trust", self._trust.value)
        arguments = ("kiosk.cli", "run", "--config", str(self._config), *stage)
        self._process = await start(arguments, self._environment, self._log)
        try:
            async with asyncio.timeout(START_SECONDS):
                self._control = await self._connect_control(self._process)
        except TimeoutError as error:
            words = last_words(self._log)
            raise ProgramFailed(f"the kiosk did not answer within {START_SECONDS:.0f} s: {words}") from error
        return self._control

    async def _connect_control(self, process: Process) -> Control:
        while process.returncode is None:
            try:
                return await Control.connect(self._socket)
            except KioskSilent:
                await asyncio.sleep(0.02)
        raise ProgramFailed(f"the kiosk ended with code {process.returncode}: {last_words(self._log)}")

    @property
    def pid(self) -> int:
        """Process id of the running kiosk; 0 if there is none."""
        return self._process.pid if self._process is not None else 0

    def last_words(self) -> str:
        return last_words(self._log)

    async def kill(self) -> None:
        """Kill the kiosk with SIGKILL."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            await kill(self._process)

    async def cut_power(self) -> None:
        """Cut the power: kill the kiosk and leave what the disk may hold of the journal. Raises ProgramFailed."""
        if self._control is None or self._process is None or self._cuttable is None:
            raise ProgramFailed("no kiosk runs here whose power can be cut")
        with tempfile.TemporaryDirectory(prefix="kiosk-cut-") as left:
            with contextlib.suppress(KioskSilent):
                await self._control.ask("cut_power", folder=left)
            await self.kill()
            if self._process.returncode != -signal.SIGKILL or not os.listdir(left):
                raise ProgramFailed(f"the kiosk's power could not be cut: {self.last_words()}")
            await asyncio.to_thread(restore_files, self._cuttable, Path(left))

    async def stop(self) -> str:
        """Let the kiosk end by itself; return how it failed, or ""."""
        if self._process is None:
            return ""
        if self._control is not None:
            with contextlib.suppress(KioskSilent, TimeoutError):
                await self._control.ask("quit")
                async with asyncio.timeout(STOP_SECONDS):
                    await self._process.wait()
            self._control.close()
            self._control = None
        await stop(self._process)
        code = self._process.returncode
        return f"the kiosk ended with code {code}: {last_words(self._log)}" if code else ""
