"""Interpret ESC/POS commands into rows on a paper roll, as far as there is paper.

Written from Epson's command reference. What it leaves out: page mode, the digits under bar codes, NV graphics,
colours, underline.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import cache

import barcode
import segno
from escpos.capabilities import CAPABILITIES
from escpos.codepages import CodePages
from PIL import Image, ImageDraw, ImageFont


class Roll:
    """Paper roll, `width` dots wide; a row has `width` bits, black is 1, the leftmost dot is the highest bit."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.left: int | None = None
        """Rows until the roll ends; None for an endless roll."""
        self.printed = 0
        """Rows printed so far."""
        self._rows: list[bytes] = []
        self._slips: list[Image.Image] = []

    @property
    def ended(self) -> bool:
        return self.left is not None and self.left <= 0

    def row(self, dots: bytes) -> None:
        """Print one row and advance by one dot; the roll must not have ended."""
        assert not self.ended and len(dots) == self.width // 8
        if self.left is not None:
            self.left -= 1
        self.printed += 1
        self._rows.append(dots)

    def cut(self) -> None:
        """Cut the printed paper into a slip, even if it is blank."""
        if self._rows:
            self._slips.append(self._picture())
        self._rows = []

    def _picture(self) -> Image.Image:
        inverted = bytes(255 - byte for byte in b"".join(self._rows))
        return Image.frombytes("1", (self.width, len(self._rows)), inverted)

    @property
    def slips(self) -> tuple[Image.Image, ...]:
        """Cut slips, oldest first."""
        return tuple(self._slips)

    @property
    def hanging(self) -> Image.Image | None:
        """Printed paper that is not cut, or None."""
        return self._picture() if self._rows else None


def without_tail(slip: Image.Image) -> Image.Image:
    """Return the slip cropped below its last black dot."""
    box = slip.convert("L").point(lambda shade: 255 - shade).getbbox()
    return slip.crop((0, 0, slip.width, box[3] if box else 0))


FACE = "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"
CELL = (12, 24)
"""Font A: dots of a Latin character; a Chinese one is twice as wide."""


class Type:
    """Style of the next character."""

    def __init__(self, profile: str) -> None:
        pages: dict[str, str] = CAPABILITIES["profiles"][profile]["codePages"]
        self._pages = {int(number): name for number, name in pages.items()}
        self.page = 0
        self.chinese = False
        self.wide = self.high = 1
        self.bold = False

    def read(self, data: bytes) -> str:
        """Decode bytes in the selected code page; an unknown page yields boxes, as on paper."""
        if self.chinese:
            return data.decode("gb18030", "replace")
        table = self._upper(self._pages.get(self.page, "Unknown"))
        return "".join(chr(byte) if byte < 0x80 else table[byte - 0x80] for byte in data)

    @staticmethod
    @cache
    def _upper(name: str) -> str:
        """Return the 128 characters of a code page above ASCII, from the library's table."""
        page = CodePages.get_encoding(name) if name != "Unknown" else {}
        if "data" in page:
            return "".join(page["data"])
        if "python_encode" in page:
            return bytes(range(0x80, 0x100)).decode(page["python_encode"], "replace").ljust(128)
        return "\u25a1" * 128

    def draw(self, character: str) -> Image.Image:
        """Black on white, in mode `L`."""
        across = CELL[0] * (2 if ord(character) > 0x2E7F else 1)
        cell = Image.new("L", (across, CELL[1]), 255)
        pen, face = ImageDraw.Draw(cell), _face()
        pen.text((0, CELL[1] - 5), character, 0, face, anchor="ls", stroke_width=1 if self.bold else 0)
        return cell.resize((across * self.wide, CELL[1] * self.high), Image.Resampling.NEAREST)


@cache
def _face() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FACE, 22, index=1)


SYMBOLOGIES = {
    2: "ean13",
    3: "ean8",
    4: "code39",
    5: "itf",
    67: "ean13",
    68: "ean8",
    69: "code39",
    70: "itf",
    73: "code128",
}
"""Symbologies by the m of GS k: up to 6 the data ends with NUL, from 65 on its length precedes it."""


def bars(kind: int, data: bytes, module: int, height: int) -> Image.Image:
    """Draw a barcode in mode `1`, without a quiet zone; raise ValueError for invalid data."""
    text = data.decode("ascii")
    name = SYMBOLOGIES[kind]
    if name == "code128":
        text = text.removeprefix("{B")
    options = {"add_checksum": False} if name == "code39" else {}
    (row,) = barcode.get_barcode_class(name)(text, **options).build()
    plain = Image.new("1", (len(row), 1), 1)
    plain.putdata([0 if sign == "1" else 255 for sign in row])
    return scaled(plain, module, height)


def matrix(content: bytes, level: str, module: int) -> Image.Image:
    """Draw a QR code without a quiet zone."""
    code = segno.make(content, error=level, micro=False, boost_error=False)
    rows = [bytes(0 if dark else 255 for dark in row) for row in code.matrix]
    plain = Image.frombytes("L", (len(rows), len(rows)), b"".join(rows))
    return scaled(plain.convert("1"), module, module)


def bits(data: bytes, across: int, down: int) -> Image.Image:
    """Return a picture in which each set bit is black."""
    return Image.frombytes("1", (across, down), bytes(255 - byte for byte in data))


def scaled(picture: Image.Image, wide: int, high: int) -> Image.Image:
    return picture.resize((picture.width * wide, picture.height * high), Image.Resampling.NEAREST)


ESC, FS, GS, DLE = 0x1B, 0x1C, 0x1D, 0x10
LINE = 30
"""Dots from line to line after ESC 2."""
TO_THE_CUTTER = 100
"""Dots between the print head and the cutter."""
IGNORED = {b"\x1b-": 1, b"\x1bM": 1, b"\x1bG": 1, b"\x1bV": 1, b"\x1b{": 1, b"\x1bR": 1, b"\x1dB": 1}
IGNORED |= {b"\x1df": 1, b"\x1dH": 1, b"\x1c-": 1, b"\x1b=": 1, b"\x1bc": 2}
"""Ignored commands with their number of parameter bytes."""
ERRORS = ("l", "m", "q", "h")
Work = Generator[None, None, None]
Bytes = Generator[None, None, bytes]


class Interpreter:
    def __init__(
        self, roll: Roll, profile: str, may_print: Callable[[], bool], answer: Callable[[bytes], None]
    ) -> None:
        """Call `may_print` before each row and wait until it allows printing; pass responses to `answer`."""
        self.roll = roll
        self.unknown: list[bytes] = []
        """Unknown commands, whose bytes a real printer would print as characters."""
        self.reports = False
        """True if status changes are reported without a query (GS a)."""
        self.picture_begins: Callable[[], None] = lambda: None
        self.paper_sensor: Callable[[], int] = lambda: 0
        self._profile = profile
        self._may_print = may_print
        self._answer = answer
        self._buffer = bytearray()
        self._reset()
        self._work = self._read()

    @property
    def waiting(self) -> int:
        """Number of received bytes not yet processed."""
        return len(self._buffer)

    def feed(self, data: bytes) -> None:
        """Append bytes and process as many as possible; empty input continues the processing."""
        self._buffer += data
        next(self._work)

    def clear(self) -> None:
        """Discard pending bytes, also within a command, and reset as after ESC @."""
        self._buffer.clear()
        self._reset()
        self._work = self._read()

    def _reset(self) -> None:
        self._type = Type(self._profile)
        self._spacing = LINE
        self._align = self._margin = 0
        self._area = self.roll.width
        self._stored = Image.new("1", (0, 0))
        self._level, self._module, self._content = ERRORS[0], 3, b""
        self._bar_height, self._bar_width = 162, 3
        self._line: list[Image.Image] = []

    def _take(self, count: int) -> Bytes:
        while len(self._buffer) < count:
            yield
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def _number(self, count: int = 2) -> Generator[None, None, int]:
        return int.from_bytes((yield from self._take(count)), "little")

    def _read(self) -> Work:
        while True:
            while not self._buffer or not self._may_print():
                yield
            first = self._buffer[0]
            if first == 0x0A:
                del self._buffer[:1]
                yield from self._new_line(self._spacing)
            elif first in (ESC, FS, GS):
                yield from self._command((yield from self._take(2)))
            elif first == DLE:
                yield from self._take({0x14: 10}.get((yield from self._take(2))[1], 1))
            elif first < 0x20:
                del self._buffer[:1]
            else:
                yield from self._words()

    def _words(self) -> Work:
        while (end := next((at for at, byte in enumerate(self._buffer) if byte < 0x20), None)) is None:
            yield
        words = self._type.read((yield from self._take(end)))
        for character in words:
            cell = self._type.draw(character)
            if sum(each.width for each in self._line) + cell.width > self._area:
                yield from self._new_line(self._spacing)
            self._line.append(cell)

    def _command(self, name: bytes) -> Work:
        take, number, type_ = self._take, self._number, self._type
        match name:
            case b"\x1b@":
                self._reset()
            case b"\x1b!":
                mode = yield from number(1)
                type_.bold, type_.high, type_.wide = bool(mode & 8), 1 + (mode >> 4 & 1), 1 + (mode >> 5 & 1)
            case b"\x1d!":
                size = yield from number(1)
                type_.wide, type_.high = (size >> 4 & 7) + 1, (size & 7) + 1
            case b"\x1bE":
                type_.bold = bool((yield from number(1)) & 1)
            case b"\x1ba":
                self._align = (yield from number(1)) % 48
            case b"\x1bt":
                type_.page = yield from number(1)
            case b"\x1c&":
                type_.chinese = True
            case b"\x1c.":
                type_.chinese = False
            case b"\x1b2":
                self._spacing = LINE
            case b"\x1b3":
                self._spacing = yield from number(1)
            case b"\x1bJ":
                yield from self._new_line((yield from number(1)))
            case b"\x1bd":
                lines = yield from number(1)
                yield from self._new_line(lines * self._spacing)
            case b"\x1dL":
                self._margin = yield from number()
            case b"\x1dW":
                self._area = min((yield from number()), self.roll.width)
            case b"\x1dV":
                yield from self._cut()
            case b"\x1da":
                self.reports = bool((yield from number(1)))
            case b"\x1dr":
                yield from take(1)
                self._answer(bytes([self.paper_sensor()]))
            case b"\x1dv":
                yield from self._raster()
            case b"\x1dh":
                self._bar_height = yield from number(1)
            case b"\x1dw":
                self._bar_width = yield from number(1)
            case b"\x1dk":
                yield from self._bar_code((yield from number(1)))
            case b"\x1b*":
                yield from self._columns()
            case b"\x1d(":
                yield from self._extended()
            case _ if name in IGNORED:
                yield from take(IGNORED[name])
            case _:
                self.unknown.append(name)

    def _cut(self) -> Work:
        if (yield from self._number(1)) in (65, 66):
            yield from self._blank((yield from self._number(1)) + TO_THE_CUTTER)
        self.roll.cut()

    def _raster(self) -> Work:
        self.picture_begins()
        yield from self._take(1)
        mode, across, down = (yield from self._number(1)), (yield from self._number()), (yield from self._number())
        for _ in range(down):
            picture = bits((yield from self._take(across)), across * 8, 1)
            yield from self._print(scaled(picture, 1 + (mode & 1), 1 + (mode >> 1 & 1)))

    def _columns(self) -> Work:
        mode, across = (yield from self._number(1)), (yield from self._number())
        deep = 3 if mode & 32 else 1
        data = yield from self._take(across * deep)
        picture = bits(data, deep * 8, across).transpose(Image.Transpose.TRANSPOSE)
        self._line.append(scaled(picture, 1 if mode & 1 else 2, 1 if deep == 3 else 3).convert("L"))

    def _bar_code(self, kind: int) -> Work:
        if kind < 65:
            while (end := self._buffer.find(0)) < 0:
                yield
            data = (yield from self._take(end + 1))[:-1]
        else:
            data = yield from self._take((yield from self._number(1)))
        if kind in SYMBOLOGIES:
            yield from self._print(bars(kind, data, self._bar_width, self._bar_height))
        else:
            self.unknown.append(b"\x1dk" + bytes([kind]))

    def _extended(self) -> Work:
        kind = yield from self._take(1)
        data = yield from self._take((yield from self._number()))
        if kind == b"L" and data[1] in (112, 50):
            yield from self._graphics(data)
        elif kind == b"k" and data[0] == 49:
            yield from self._two_dimensional(data[1], data[2:])
        elif kind not in (b"L", b"k", b"D", b"A", b"E", b"H"):
            self.unknown.append(b"\x1d(" + kind)

    def _graphics(self, data: bytes) -> Work:
        if data[1] == 112:
            wide, high = data[3:5]
            across, down = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
            self._stored = scaled(bits(data[10:], across, down), wide, high)
        else:
            yield from self._print(self._stored)
        yield from ()

    def _two_dimensional(self, function: int, data: bytes) -> Work:
        match function:
            case 67:
                self._module = data[0]
            case 69:
                self._level = ERRORS[data[0] - 48]
            case 80:
                self._content = data[1:]
            case 81:
                yield from self._print(matrix(self._content, self._level, self._module))
            case _:
                pass

    def _new_line(self, least: int) -> Work:
        """Print the current line on at least `least` dots of paper."""
        line, self._line = self._line, []
        if not line:
            yield from self._blank(least)
            return
        picture = Image.new("L", (sum(each.width for each in line), max(each.height for each in line)), 255)
        x = 0
        for each in line:
            picture.paste(each, (x, picture.height - each.height))
            x += each.width
        yield from self._print(picture.point(lambda shade: 255 if shade > 140 else 0).convert("1"))
        yield from self._blank(max(0, least - picture.height))

    def _blank(self, rows: int) -> Work:
        for _ in range(rows):
            yield from self._row(bytes(self.roll.width // 8))

    def _print(self, picture: Image.Image) -> Work:
        """Print a picture row by row, aligned and cropped to the print area."""
        free = max(0, self._area - picture.width)
        left = self._margin + (0, free // 2, free)[self._align]
        sheet = Image.new("1", (self.roll.width, picture.height), 1)
        sheet.paste(picture.crop((0, 0, min(picture.width, self._area), picture.height)), (left, 0))
        data, across = sheet.tobytes(), self.roll.width // 8
        for row in range(picture.height):
            yield from self._row(bytes(255 - byte for byte in data[row * across : (row + 1) * across]))

    def _row(self, dots: bytes) -> Work:
        while not self._may_print():
            yield
        self.roll.row(dots)
