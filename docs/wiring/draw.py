"""Draws the wiring of every part as SVG, and writes the pin table into both languages' pages; knows no driver.

.venv/bin/python docs/wiring/draw.py
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from kiosk.config.hardware import GPIOS, HEADER, KEPT, HeaderPin

HERE = Path(__file__).resolve().parent

USES = {
    17: ("lights.status, lights.rgb.red", "状态灯，或三色灯的红", "status lamp, or red of the RGB lamp"),
    27: ("lights.rgb.green", "三色灯的绿", "green of the RGB lamp"),
    22: ("lights.rgb.blue", "三色灯的蓝", "blue of the RGB lamp"),
    23: ("lights.ring", "卡座与镜头窗周围的灯环", "ring around pad and camera"),
    24: ("lights.reader", "卡座标记灯", "marks the card pad"),
    12: ("lights.scanner", "扫描位标记灯", "marks where a book is shown"),
    13: ("lights.buzzer", "蜂鸣器", "buzzer"),
    5: ("keys.previous", "按键：上一项", "key: previous"),
    6: ("keys.next", "按键：下一项", "key: next"),
    16: ("keys.choose", "按键：选定", "key: choose"),
    26: ("keys.back", "按键：返回", "key: back"),
    20: ("bin.pin", "还书箱感应", "return bin's sensor"),
    21: ("security_gate.pin", "防盗门继电器", "gate's relay"),
    25: ("card_reader.reset_gpio", "读卡器复位 RST", "card reader's RST"),
    10: ("card_reader", "读卡器 MOSI", "card reader's MOSI"),
    9: ("card_reader", "读卡器 MISO", "card reader's MISO"),
    11: ("card_reader", "读卡器 SCK", "card reader's SCK"),
    8: ("card_reader", "读卡器 SDA（片选）", "card reader's SDA (chip select)"),
    14: ("receipt_printer", "串口打印机的 RX", "serial printer's RX"),
    15: ("receipt_printer", "串口打印机的 TX（先分压）", "serial printer's TX (divider)"),
}
"""What hangs on which GPIO: the key of kiosk.toml, in Chinese, in English. The numbers are those of the example."""
COLOURS = {
    "3V3": "#d9822b", "5V": "#c23030", "GND": "#30404d", "gpio": "#0d8050", "SPI": "#634dbf", "UART": "#00998c",
    "supply": "#c23030", "kept": "#8a9ba8",
}  # fmt: skip
START, END = "<!-- pins: written by docs/wiring/draw.py -->", "<!-- end -->"
FONT = "font-family=\"'WenQuanYi Micro Hei','Noto Sans CJK SC','Microsoft YaHei',sans-serif\""
ROW, TOP = 46, 118


@dataclass(frozen=True)
class Wire:
    """From a header pin, or from something else by its name, through an element to a part's pin."""

    start: int | str
    end: str
    element: str = ""
    """`R:330 Ω` a resistor, `B:` a button, `T:...` a box with words; nothing: a plain wire."""


@dataclass(frozen=True)
class Part:
    name: str
    wires: tuple[Wire, ...]
    note: str = ""


@dataclass(frozen=True)
class Drawing:
    file: str
    title: str
    parts: tuple[Part, ...]
    notes: tuple[str, ...] = field(default=())


def pin(number: int) -> HeaderPin:
    return HEADER[number - 1]


def named(contact: HeaderPin) -> str:
    """With what the buses that the kiosk uses call it."""
    return " ".join([contact.name, *(also for also in contact.also if not also.startswith("SPI1"))])


def of(gpio: int) -> int:
    """The header pin of a GPIO."""
    return GPIOS[gpio].number


DRAWINGS = (
    Drawing(
        "reader.svg",
        "读卡器 RC522 / card reader RC522 (MFRC522)",
        (
            Part(
                "RC522",
                (
                    Wire(1, "3.3V"),
                    Wire(of(25), "RST"),
                    Wire(20, "GND"),
                    Wire(of(9), "MISO"),
                    Wire(of(10), "MOSI"),
                    Wire(of(11), "SCK"),
                    Wire(of(8), "SDA (SS)"),
                ),
                "IRQ 不接 / not wired; 3.3V–GND: 10 µF + 100 nF",
            ),
        ),
        (
            "只接 3.3 V；5 V 会烧坏芯片和树莓派。/ 3.3 V only: 5 V destroys the chip and the Pi.",
            "线长不超过 15 cm；天线离金属 2 cm 以上。/ Leads up to 15 cm; antenna 2 cm or more from metal.",
        ),
    ),
    Drawing(
        "lights.svg",
        "灯 / lights",
        (
            Part(
                "状态灯 / status",
                (Wire(of(17), "+", "R:330 Ω"), Wire(9, "−")),
                "或 / or",
            ),
            Part(
                "三色灯，共阴 / RGB, common cathode",
                (
                    Wire(of(17), "红 R", "R:330 Ω"),
                    Wire(of(27), "绿 G", "R:220 Ω"),
                    Wire(of(22), "蓝 B", "R:220 Ω"),
                    Wire(14, "− (K)"),
                ),
            ),
            Part(
                "N-MOSFET AO3400A, IRLML6344",
                (
                    Wire(of(23), "栅极 gate G", "R:220 Ω"),
                    Wire("栅极 / gate G", "源极 source S", "R:100 kΩ"),
                    Wire(25, "源极 source S (信号地 / signal only)", "R:100 Ω"),
                    Wire("5 V 电源 / supply −", "源极 source S (灯的电流 / ring's current)"),
                ),
                "同样接 / likewise: GPIO24 卡座 pad, GPIO12 扫描位 book",
            ),
            Part(
                "灯环 / ring",
                (
                    Wire("5 V 电源 / supply +", "+", "T:保险丝 / fuse T 1 A"),
                    Wire("漏极 / drain D", "−"),
                ),
                "灯在正极与漏极之间 / between plus and drain",
            ),
        ),
        (
            "每个引脚不超过 4 mA，合计不超过 50 mA；再大就用 MOSFET，电流回电源负极。",
            "At most 4 mA per pin and 50 mA together. The ring's current returns to its supply.",
        ),
    ),
    Drawing(
        "buzzer.svg",
        "蜂鸣器与防盗门 / buzzer and security gate",
        (
            Part(
                "有源蜂鸣器 / active buzzer 3.3–5 V, ≤ 40 mA",
                (
                    Wire(of(13), "基极 base B, S8050 (NPN)", "R:1 kΩ"),
                    Wire(34, "发射极 emitter E"),
                    Wire("集电极 / collector C", "−"),
                    Wire("5 V 电源 / supply +", "+"),
                ),
                "1N4148 反并联 / across + and −, K → +",
            ),
            Part(
                "继电器模块 / relay module, opto-isolated",
                (
                    Wire(of(21), "IN (高有效 / high on)"),
                    Wire(1, "VCC 3.3 V (光耦 / optocoupler)"),
                    Wire(39, "GND (光耦 / optocoupler)"),
                    Wire("5 V 电源 / supply +", "JD-VCC (线圈 / coil)", "T:保险丝 / fuse T 500 mA"),
                    Wire("5 V 电源 / supply −", "JD-GND (线圈 / coil)"),
                    Wire("防盗门的输入 / gate's input", "COM, NO"),
                ),
                "取下跳线 / jumper off; 线圈 / coil: 1N4007, K → +",
            ),
        ),
        ("继电器只接防盗门的干接点输入，不接市电。/ The relay closes the gate's dry contact, never mains.",),
    ),
    Drawing(
        "pad.svg",
        "图书感应板 / item pad",
        (
            Part(
                "PN5180",
                (
                    Wire("Pico GP0 (1)", "MISO"),
                    Wire("Pico GP1 (2)", "NSS"),
                    Wire("Pico GP2 (4)", "SCK"),
                    Wire("Pico GP3 (5)", "MOSI"),
                    Wire("Pico GP4 (6)", "BUSY"),
                    Wire("Pico GP6 (9)", "IRQ"),
                    Wire("Pico GP7 (10)", "RST"),
                    Wire("Pico 3V3 OUT (36)", "+3.3V"),
                    Wire("Pico VBUS (40)", "+5V"),
                    Wire("Pico GND (38)", "GND"),
                ),
                "GPIO, AUX, REQ 不接 / not wired",
            ),
            Part("Raspberry Pi Pico", (Wire("树莓派 USB / the Pi's USB", "USB"),)),
            Part(
                "或 / or: FEIG ID ISC.MR101, MR102",
                (
                    Wire("网络或 RS-232 / network or RS-232", "LAN, COM"),
                    Wire("自带电源 / its own supply", "DC: 按铭牌 / as its label says"),
                    Wire("天线线缆 / antenna cable", "ANT: 50 Ω"),
                ),
            ),
        ),
        (
            "天线离读卡器和金属 30 cm、5 cm 以上。/ Antenna 30 cm or more from the card reader, 5 cm from metal.",
            "Pico 到 PN5180 不超过 10 cm。/ Pico to PN5180: up to 10 cm.",
        ),
    ),
    Drawing(
        "keys.svg",
        "按键与还书箱 / keys and return bin",
        (
            Part(
                "按键 / keys",
                (
                    Wire(of(5), "上一项 previous", "T:1 kΩ, 按键 / button"),
                    Wire(of(6), "下一项 next", "T:1 kΩ, 按键 / button"),
                    Wire(of(16), "选定 choose", "T:1 kΩ, 按键 / button"),
                    Wire(of(26), "返回 back", "T:1 kΩ, 按键 / button"),
                    Wire(30, "公共端 common"),
                ),
                "每线对 GND / each line to GND: 100 nF, TVS PESD5V0S1BA",
            ),
            Part(
                "还书箱感应 / bin sensor 5 V, NPN",
                (
                    Wire(of(20), "OUT", "T:BAT85, K → OUT"),
                    Wire(34, "GND (信号地 / signal only)", "R:100 Ω"),
                    Wire("5 V 电源 / supply +", "+", "T:保险丝 / fuse T 500 mA"),
                    Wire("5 V 电源 / supply −", "GND"),
                ),
                "OUT 可内部上拉到 5 V / may be pulled up to 5 V inside",
            ),
            Part(
                "还书箱感应 / bin sensor 12–24 V: PC817",
                (
                    Wire(of(20), "PC817 C (4)"),
                    Wire(34, "PC817 E (3)"),
                    Wire("12–24 V +", "PC817 A (1)", "R:4.7 kΩ"),
                    Wire("OUT (NPN)", "PC817 K (2)"),
                ),
                "二选一 / one of the two",
            ),
        ),
        ("树莓派内部上拉；按下即接地。/ Pulled up inside the Pi; pressed means ground.",),
    ),
    Drawing(
        "printer.svg",
        "凭条打印机 / receipt printer",
        (
            Part(
                "USB（推荐 / the better way）",
                (
                    Wire("树莓派 USB / the Pi's USB", "USB"),
                    Wire("打印机自带电源 / its own supply", "DC: 按铭牌 / as its label says"),
                ),
            ),
            Part(
                "串口 TTL / serial TTL 3.3 V or 5 V",
                (
                    Wire(of(14), "RX"),
                    Wire(of(15), "TX", "R:10 kΩ"),
                    Wire("GPIO15 (10)", "GND", "R:20 kΩ"),
                    Wire(6, "GND"),
                    Wire("打印机自带电源 / its own supply", "DC: 按铭牌 / as its label says"),
                ),
            ),
            Part(
                "串口 RS-232 / serial RS-232",
                (
                    Wire(of(14), "RX", "T:MAX3232"),
                    Wire(of(15), "TX", "T:MAX3232"),
                    Wire(1, "MAX3232 VCC 3.3 V (5 × 100 nF)"),
                    Wire(6, "GND"),
                    Wire("打印机自带电源 / its own supply", "DC: 按铭牌 / as its label says"),
                ),
            ),
        ),
        (
            "打印时可达 3 A：绝不从树莓派取电。/ Printing takes up to 3 A: never from the Pi.",
            "分压只用于 5 V 的 TX。/ The divider is for a TX of 5 V; one of 3.3 V goes straight to the pin.",
            "RS-232 可达 ±15 V，直接接会烧坏树莓派。/ RS-232 reaches ±15 V: wired directly it destroys the Pi.",
        ),
    ),
    Drawing(
        "supply.svg",
        "供电与时钟 / supply and clock",
        (
            Part(
                "5 V 5 A 电源 / supply (RS-25-5 或 / or)",
                (
                    Wire("L, N, PE 市电 / mains", "L, N, PE", "T:电工接线 / electrician"),
                    Wire("金属机壳 / metal case", "PE (一点 / one point)"),
                    Wire("直流负极 / DC minus", "PE (一点 / one point)"),
                ),
                "二级隔离 / isolated secondary",
            ),
            Part(
                "树莓派 / Pi",
                (
                    Wire("5 V 电源 / supply +", "USB-C 5 V", "T:保险丝 / fuse T 4 A"),
                    Wire("5 V 电源 / supply −", "USB-C GND"),
                ),
                "Pi 5: 官方 27 W 电源 / its own; 负极相连 / join minus",
            ),
            Part(
                "时钟 DS3231 (Pi 4) / clock",
                (Wire(1, "VCC 3.3 V"), Wire(3, "SDA"), Wire(5, "SCL"), Wire(9, "GND")),
                "Pi 5 自带 / has its own: ML2020 → J5",
            ),
        ),
        ("市电部分由电工安装。/ The mains part is an electrician's work.",),
    ),
)


def svg(width: int, height: int, title: str, inner: list[str]) -> str:
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
            f" {FONT}>",
            f"<title>{escape(title)}</title>",
            f'<rect width="{width}" height="{height}" fill="#fff"/>',
            text(24, 40, title, 22, weight="bold"),
            *inner,
            "</svg>\n",
        ]
    )


def text(
    x: float, y: float, words: str, size: int = 15, anchor: str = "start", fill: str = "#182026", weight: str = "normal"
) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" text-anchor="{anchor}" fill="{fill}" font-weight="{weight}">'
        f"{escape(words)}</text>"
    )


def box(x: float, y: float, w: float, h: float, fill: str = "#f5f8fa", line: str = "#5c7080") -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" rx="6" fill="{fill}" stroke="{line}" stroke-width="1.5"/>'  # noqa: E501


def colour(contact: HeaderPin) -> str:
    for bus in (also.split(" ")[0] for also in contact.also):
        if bus in COLOURS:
            return COLOURS[bus]
        if bus in KEPT:
            return COLOURS["kept"]
    return COLOURS.get(contact.name, COLOURS["gpio"])


def element(kind: str, middle: float, y: float) -> list[str]:
    """What sits in a wire."""
    what, _, words = kind.partition(":")
    match what:
        case "R":
            return [box(middle - 34, y - 10, 68, 20, "#fff"), text(middle, y + 5, words, 13, "middle")]
        case "B":
            return [
                f'<rect x="{middle - 22:g}" y="{y - 12:g}" width="44" height="24" fill="#fff"/>',
                f'<circle cx="{middle - 18:g}" cy="{y:g}" r="4" fill="#182026"/>',
                f'<circle cx="{middle + 18:g}" cy="{y:g}" r="4" fill="#182026"/>',
                f'<path d="M{middle - 18:g} {y:g} L{middle + 14:g} {y - 12:g}" stroke="#182026" stroke-width="2.5"/>',
            ]
        case _:
            return [box(middle - 96, y - 14, 192, 28, "#fff"), text(middle, y + 5, words, 13, "middle")]


def drawn(drawing: Drawing) -> str:
    """The Pi's pins on the left, the parts on the right, one wire a row."""
    inner, y = [], float(TOP - 40)
    for part in drawing.parts:
        height = ROW * len(part.wires) + (26 if part.note else 8)
        inner += [box(560, y, 380, height + 30), text(576, y + 24, part.name, 16, weight="bold")]
        row = y + 30 + ROW / 2
        for wire in part.wires:
            inner += _wire(wire, row)
            row += ROW
        if part.note:
            inner.append(text(576, y + height + 18, part.note, 13, fill="#5c7080"))
        y += height + 52
    for note in drawing.notes:
        inner.append(text(24, y + 8, note, 14, fill="#a82a2a"))
        y += 24
    return svg(964, int(y + 16), drawing.title, inner)


def _wire(wire: Wire, y: float) -> Iterator[str]:
    if isinstance(wire.start, int):
        contact = pin(wire.start)
        shade = colour(contact)
        words = named(contact)
        yield box(24, y - 17, 210, 34)
        yield f'<circle cx="46" cy="{y:g}" r="14" fill="{shade}"/>'
        yield text(46, y + 5, str(contact.number), 13, "middle", "#fff", "bold")
        yield text(70, y + 5, words, 15)
    else:
        shade = COLOURS["supply"]
        yield box(24, y - 17, 250, 34, "#fff5f5", shade)
        yield text(36, y + 5, wire.start, 14)
    left = 234 if isinstance(wire.start, int) else 274
    yield f'<path d="M{left} {y:g} H560" stroke="{shade}" stroke-width="3" fill="none"/>'
    if wire.element:
        yield from element(wire.element, 398, y)
    yield f'<circle cx="560" cy="{y:g}" r="5" fill="{shade}"/>'
    yield text(576, y + 5, wire.end, 15)


def header() -> str:
    """All forty pins as they lie on the board, and what the kiosk has on them."""
    inner = [
        text(
            24, 66, "引脚 1 靠近 SD 卡一侧的角 / pin 1 lies at the corner next to the SD card's end", 14, fill="#5c7080"
        )
    ]
    for contact in HEADER:
        left = contact.number % 2 == 1
        y = 96 + (contact.number - 1) // 2 * 30
        x = 600 if left else 640
        inner.append(f'<circle cx="{x}" cy="{y}" r="13" fill="{colour(contact)}"/>')
        inner.append(text(x, y + 5, str(contact.number), 12, "middle", "#fff", "bold"))
        use = USES.get(contact.gpio) if contact.gpio is not None else None
        name = named(contact)
        anchor = "end" if left else "start"
        inner.append(text(578 if left else 662, y + 5, name, 13, anchor, weight="bold"))
        if use is not None:
            inner.append(text(450 if left else 790, y + 5, f"{use[1]} / {use[2]}", 13, anchor))
    return svg(1240, 96 + 20 * 30 + 8, "40 针排针 / the 40-pin header", inner)


def table(chinese: bool) -> str:
    """The pin table as Markdown: every pin of the header that the kiosk uses, in the header's order."""
    heads = "| 排针 | GPIO | 用途 | kiosk.toml |" if chinese else "| header pin | GPIO | what | kiosk.toml |"
    rows = [
        f"| {contact.number} | {contact.gpio} | {use[1] if chinese else use[2]} | `{use[0]}` |"
        for contact in HEADER
        if contact.gpio is not None and (use := USES.get(contact.gpio)) is not None
    ]
    return "\n".join([heads, "|---|---|---|---|", *rows])


def pages() -> dict[Path, str]:
    """Each file, and what should stand in it."""
    made = {HERE / drawing.file: drawn(drawing) for drawing in DRAWINGS}
    made[HERE / "header.svg"] = header()
    for name, chinese in (("wiring.md", False), ("wiring.zh-CN.md", True)):
        path = HERE.parent / name
        before, mark, rest = path.read_text(encoding="utf-8").partition(START)
        after = rest.partition(END)[2]
        made[path] = f"{before}{mark}\n{table(chinese)}\n{END}{after}"
    return made


if __name__ == "__main__":
    for path, content in pages().items():
        path.write_text(content, encoding="utf-8")
