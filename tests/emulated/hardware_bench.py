"""Test bench of emulated hardware below the real drivers: chip, camera, printer and pins.

kiosk visit FILE... --bench tests.emulated.hardware_bench:EmulatedBench
"""

from __future__ import annotations

import asyncio
import io
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.mofile import read_mo
from PIL.Image import Image, new

import kiosk
from kiosk.config import EXAMPLE
from kiosk.hardware.barcodes.model import Symbology
from kiosk.system.control_socket import Control
from kiosk.visit_player.part_operator import Receipt
from lending.number_patterns import ISBN
from tests.emulated import gpio_bench, picamera2, remote_reader
from tests.emulated.escpos_cables import TcpCable
from tests.emulated.escpos_printer import Printer
from tests.emulated.escpos_reading import read
from tests.emulated.labels import Label, Pose, draw, picture
from tests.emulated.remote_gpio import FarWires

WIDTH = 384
"""Dots: 58 mm."""
FRAME = (1536, 864)
FRAME_RATE = 60
FRAMES = 24
"""Frames for which a label is shown: 0.4 s at that rate."""
DECODED = 0.25
"""Seconds for decoding the last frame on a busy machine."""
GONE = 1.2
"""Seconds of absence after which a label is accepted again."""
NOTICED = 60.0
"""Seconds within which a kiosk notices a changed part."""
WELL = ("ok", "ends_halfway")
DARK = 300
"""Polls, 0.01 s apart, after which the camera counts as off or missing."""


class EmulatedBench:
    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="bench-")
        folder = Path(self._folder.name)
        self._reader = remote_reader.FarReader(folder / "reader")
        self._spot = picamera2.Spot(folder / "spot")
        self._wires = FarWires()
        self._printer = Printer(WIDTH)
        self._cable = TcpCable(self._printer)
        self._cable.__enter__()
        self._pulled = False
        self._control: Control | None = None
        self._shown: dict[str, float] = {}
        """Monotonic time at which each label was last removed."""
        self._read: list[Receipt] = []
        read(new("1", (WIDTH, 1), 1), chinese_letters())  # Prepare the characters before a visit starts.

    def sections(self) -> Mapping[str, Mapping[str, Any]]:
        return {
            "card_reader": {"driver": "mfrc522"},
            "barcode_scanner": {"driver": "picamera2", "frame_rate": FRAME_RATE},
            "receipt_printer": {"driver": "network", "host": "127.0.0.1", "port": self._cable.port, "width": WIDTH},
            **gpio_bench.sections(),
        }

    def environment(self) -> Mapping[str, str]:
        return {
            **self._wires.environment(),
            "PYTHONPATH": str(Path(__file__).parent / "site"),
            remote_reader.READER: str(self._reader.folder),
            picamera2.SPOT: str(self._spot.folder),
        }

    async def start(self, control: Control) -> None:
        """Connect to the kiosk; the folders already hold the state of the parts."""
        self._control = control

    async def place_card(self, uid: str) -> None:
        await asyncio.to_thread(self._reader.change, cards=(uid,))

    async def remove_cards(self) -> None:
        await asyncio.to_thread(self._reader.change, cards=())

    async def scan(self, barcode: str) -> None:
        if (since := self._shown.get(barcode)) is not None:
            await asyncio.sleep(max(0.0, GONE - (time.monotonic() - since)))
        label = Label(Symbology.EAN13 if ISBN.fullmatch(barcode) else Symbology.CODE128, barcode)
        frame = draw([(label, Pose(FRAME[0] / 2, FRAME[1] / 2, module=3.0, angle=7.0))], FRAME, seed=len(self._shown))
        self._spot.show(picture(frame), FRAMES)
        for _ in range(DARK):
            if self._spot.settled:
                break
            await asyncio.sleep(0.01)
        self._spot.clear()
        await asyncio.sleep(DECODED)
        self._shown[barcode] = time.monotonic()

    async def key(self, key: str) -> None:
        await asyncio.to_thread(self._wires.press, gpio_bench.KEYS.pins()[key])

    async def drop(self) -> None:
        await asyncio.to_thread(self._wires.press, gpio_bench.BIN.pin, 0.03)

    async def pile(self, tags: Sequence[str]) -> None:
        assert self._control is not None, "the bench was not started"
        await self._control.ask("pile", tags=list(tags))

    async def part(self, part: str, state: str) -> None:
        """Change a part and wait until the kiosk has noticed."""
        await self._change(part, state)
        end = time.monotonic() + NOTICED
        while not await self._is_noticed(part, state) and time.monotonic() < end:
            await asyncio.sleep(0.05)

    async def _is_noticed(self, part: str, state: str) -> bool:
        assert self._control is not None, "the bench was not started"
        health = (await self._control.ask("look"))["health"].get(part, {})
        if state == "near_end":
            return bool(health.get("reason") == state)
        ready: bool = health.get("condition") == "ready"
        return ready == (state in WELL)

    async def _change(self, part: str, state: str) -> None:
        gone = state == "unplugged"
        match part:
            case "card_reader":
                await asyncio.to_thread(self._reader.change, pulled=gone)
            case "barcode_scanner":
                self._spot.unplug() if gone else self._spot.plug()
            case "receipt_printer":
                self._printer_is(state)
            case _:
                await asyncio.to_thread(self._wires.die, dead=gone)

    def _printer_is(self, state: str) -> None:
        if state == "unplugged":
            self._cable.pull()
            self._pulled = True
            return
        if self._pulled:
            self._cable.plug()
            self._pulled = False
        self._printer.put(state)

    async def paper(self) -> Sequence[Receipt]:
        for slip in self._printer.slips()[len(self._read) :]:
            self._read.append(Receipt(await asyncio.to_thread(read, slip, chinese_letters()), _png(slip)))
        return self._read

    async def counts(self) -> Mapping[str, int]:
        return await asyncio.to_thread(self._reader.counts)

    async def lights(self) -> str | None:
        return await asyncio.to_thread(self._wires.signal, gpio_bench.LIGHTS)

    async def stop(self) -> None:
        self._cable.__exit__(None, None, None)
        await asyncio.to_thread(self._wires.close)
        self._folder.cleanup()


@cache
def chinese_letters() -> str:
    """Return the Chinese characters of the kiosk's texts, the built-in visits and the demo, to be read on receipts."""
    product = Path(kiosk.__file__).parent
    files = [file.read_text("utf-8") for file in (*product.glob("visits/*.toml"), EXAMPLE)]
    words = (said for file in product.glob("locale/*/LC_MESSAGES/*.mo") for said in _words(file))
    return "".join(sorted({letter for text in (*files, *words) for letter in text if letter > "\u2e7f"}))


def _words(file: Path) -> Iterator[str]:
    """Yield the texts of a compiled catalogue; only Traditional Chinese has no source file."""
    with file.open("rb") as opened:
        for message in read_mo(opened):
            yield from (message.string,) if isinstance(message.string, str) else message.string or ()


def _png(slip: Image) -> bytes:
    data = io.BytesIO()
    slip.save(data, "PNG")
    return data.getvalue()
