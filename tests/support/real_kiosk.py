"""Run a real kiosk in its own process before a real hub, and operate it as a patron does."""

from __future__ import annotations

import asyncio
import signal
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from kiosk.config import Config, load, write_example
from kiosk.journal.journal import Journal
from kiosk.system.control_socket import Control, Facts, KioskSilent
from kiosk.visit_player.environment import DemoEnvironment, central_address, demo_ground, enrol_kiosk
from kiosk.visit_player.processes import kill, start, without_a_screen
from tests.kiosk.sync.unknown_device import write_unknown_identity
from tests.support.demo_library import templates
from tests.support.patience import PATIENCE

T = TypeVar("T")
Address = tuple[str, int]
NO_SERVER: Address = ("127.0.0.1", 9)
"""Address at which no library system answers."""
LONGER = 0.02
"""Seconds by which the pause between two polls grows."""
NO_MORE: Mapping[str, str] = MappingProxyType({})


@dataclass
class House:
    """Folder, event loop and optional hub that several kiosks share."""

    folder: Path
    runner: asyncio.Runner
    ground: DemoEnvironment | None = None
    kiosks: int = 0

    @property
    def hub(self) -> DemoEnvironment:
        assert self.ground is not None
        return self.ground

    def card(self, case: str) -> str:
        return next(each.card for each in self.hub.library.patrons if each.case == case)

    def item(self, case: str) -> str:
        return next(each.barcode for each in self.hub.library.items if each.case == case)

    def title(self, item: str) -> str:
        return self.hub.library.title_of(item)

    def loans(self, item: str) -> list[dict[str, Any]]:
        """Return the loans of an item as the hub's demo API states them."""
        known = self.runner.run(self.hub.hub.state_of([], [item]))
        loans: list[dict[str, Any]] = known["loans"]
        return loans

    def set_up(self, changes: Mapping[str, Mapping[str, Any]] | None = None, *, journal: Path | None = None) -> SetUp:
        """Configure another kiosk, with its journal to be created in `journal` or in its own folder."""
        self.kiosks += 1
        folder = self.folder / str(self.kiosks)
        folder.mkdir()
        file = write_example(
            folder / "kiosk.toml",
            state=journal or folder / "state",
            runtime=folder / "run",
            url=self.ground.hub.url if self.ground else "http://127.0.0.1:9",
            changes={"library": {"language": "en"}, **(changes or {})},
        )
        config = load(file)
        if self.ground:
            self.runner.run(enrol_kiosk(self.ground.hub, config, f"kiosk-{self.kiosks}"))
        else:
            write_unknown_identity(config.paths.state)
        return SetUp(file, config, self)


@dataclass
class SetUp:
    file: Path
    config: Config
    house: House

    @property
    def log(self) -> Path:
        return self.file.with_name("kiosk.log")

    def with_journal(self) -> SetUp:
        Journal.create(self.config.paths.journal)
        return self

    @contextmanager
    def kiosk(
        self,
        via: Address | None = None,
        *,
        stage: bool = True,
        environment: Mapping[str, str] = NO_MORE,
        options: Sequence[str] = (),
    ) -> Iterator[Kiosk]:
        """Start the kiosk, wait until it answers, and kill it at the end if it still runs.

        `options` are further options of the stage, such as `--clock`.
        """
        kiosk = Kiosk(self, (via or central_address(self.config)) if stage else None, environment, options)
        try:
            kiosk.start()
            yield kiosk
        finally:
            kiosk.kill()


@dataclass
class Kiosk:
    """Running kiosk; `via` is None without simulated parts."""

    set_up: SetUp
    via: Address | None
    environment: Mapping[str, str]
    options: Sequence[str] = ()
    process: Process | None = None
    control: Control | None = None
    seen: Facts = field(default_factory=dict)

    def start(self) -> None:
        self._run(self._start())
        if self.via is not None:
            if self.set_up.house.ground and self.via != NO_SERVER:
                self.ask("ready")
            self.ask("settle")
            self.ask("stand", still=True)

    async def _start(self) -> None:
        stage = ("--stage", "--via", f"{self.via[0]}:{self.via[1]}") if self.via else ()
        command = ("kiosk.cli", "run", "--config", str(self.set_up.file), *stage, *self.options)
        environment = {**without_a_screen(self.set_up.house.folder), **self.environment}
        self.process = await start(command, environment, self.set_up.log)
        while self.control is None and self.process.returncode is None:
            with suppress(KioskSilent):
                self.control = await Control.connect(self.set_up.config.paths.socket)
            await asyncio.sleep(0.02)

    def ask(self, do: str, **facts: object) -> Facts:
        assert self.control is not None, self.log
        return self._run(self.control.ask(do, **facts))

    def tap(self, uid: str) -> Facts:
        self.ask("card", uid=uid)
        self.ask("settle")
        self.ask("lift")
        return self.look()

    def scan(self, barcode: str) -> Facts:
        self.ask("barcode", barcode=barcode)
        return self.look()

    def press(self, name: str, **facts: str) -> Facts:
        self.ask("touch", name=name, **facts)
        return self.look()

    def wait(self, seconds: float) -> Facts:
        self.ask("wait", seconds=seconds)
        return self.look()

    def until(self, so: Callable[[], bool], seconds: float = 20.0) -> None:
        """Advance the kiosk's clock until the condition holds, with growing real pauses for other processes."""
        end, pause = time.monotonic() + PATIENCE, 0.0
        while not so():
            assert time.monotonic() < end, (self.look(), self.log)
            time.sleep(pause)
            pause = min(1.0, pause + LONGER)
            self.wait(seconds)

    def until_health(self, part: str, condition: str = "faulty") -> Facts:
        """Poll until the part has this condition and return its health."""
        end = time.monotonic() + PATIENCE
        while (health := self.ask("look")["health"].get(part, {})).get("condition") != condition:
            assert time.monotonic() < end, f"the {part} is {health or 'not reported'}"
        return dict(health)

    def let_pass(self, seconds: float) -> None:
        """Advance the kiosk's clock, during which the kiosk may exit."""
        with suppress(KioskSilent):
            self.ask("wait", seconds=seconds)

    def look(self) -> Facts:
        """Return what the screen shows once the kiosk is idle."""
        settled = self.ask("settle")
        assert settled["settled"], settled
        self.seen = self.ask("look")
        return self.seen

    @property
    def text(self) -> str:
        return "\n".join(self.seen["texts"])

    @property
    def log(self) -> str:
        return self.set_up.log.read_text(encoding="utf-8")

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def told(self, number: signal.Signals) -> int:
        """Send the signal and return the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        """Wait for the exit and return the exit code."""
        assert self.process is not None
        return self._run(asyncio.wait_for(self.process.wait(), PATIENCE))

    def kill(self) -> None:
        if self.control is not None:
            self.control.close()
        if self.process is not None:
            self._run(kill(self.process))

    def _run(self, what: Coroutine[Any, Any, T]) -> T:
        return self.set_up.house.runner.run(what)


@contextmanager
def house(*, hub: bool) -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="kiosk-") as name, asyncio.Runner() as runner:
        folder = Path(name)
        if not hub:
            yield House(folder, runner)
            return
        ground = demo_ground(templates(), folder, None)
        try:
            yield House(folder, runner, runner.run(ground.__aenter__()))
        finally:
            runner.run(ground.__aexit__(None, None, None))
