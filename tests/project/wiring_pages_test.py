"""Test that the wiring pages and drawings match the example configuration and the header."""

from __future__ import annotations

import re
import runpy
import tomllib
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from kiosk.config import EXAMPLE
from kiosk.config.hardware import GPIOS, Mfrc522Reader

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = (DOCS / "wiring.md", DOCS / "wiring.zh-CN.md")
ROW = re.compile(r"^\| (\d+) \| (\d+) \| [^|]+ \| `([^`]+)` \|$", re.MULTILINE)
PARTS_ON_PINS = ("lights", "keys", "bin", "security_gate")
NO_PINS = frozenset({"seconds", "beeps", "driver"})


def pins_of_the_example() -> dict[str, int]:
    """Return every pin in the example configuration, including commented-out lines."""
    found = {}
    for section, body in re.findall(r"^\[(\w+)\](.*?)(?=^\[|\Z)", EXAMPLE.read_text("utf-8"), re.DOTALL | re.MULTILINE):
        if section in PARTS_ON_PINS:
            keys = tomllib.loads("\n".join(re.findall(r"^#(\w+ = .*)$", body, re.MULTILINE)))
            for key, value in keys.items():
                for name, pin in value.items() if isinstance(value, dict) else ((None, value),):
                    if key not in NO_PINS:
                        found[".".join(filter(None, (section, key, name)))] = pin
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_table_lists_every_pin_of_the_example_with_its_header_position(page: Path) -> None:
    rows = [(int(pin), int(gpio), keys) for pin, gpio, keys in ROW.findall(page.read_text(encoding="utf-8"))]
    assert [(pin, gpio) for pin, gpio, _ in rows if GPIOS[gpio].number != pin] == []
    named = {key: gpio for _, gpio, keys in rows for key in keys.split(", ") if "." in key}
    expected = {**pins_of_the_example(), "card_reader.reset_gpio": Mfrc522Reader(driver="mfrc522").reset_gpio}
    assert named == expected


def test_table_lists_every_pin_of_the_used_buses() -> None:
    buses = {gpio for gpio, lines in GPIOS.items() if any(also.startswith(("SPI ", "UART")) for also in lines.also)}
    assert buses - {7} <= {int(gpio) for _, gpio, _ in ROW.findall(PAGES[0].read_text(encoding="utf-8"))}


def test_pages_and_drawings_match_the_script() -> None:
    pages = runpy.run_path(str(DOCS / "wiring" / "draw.py"))["pages"]
    stale = [path.name for path, drawn in pages().items() if path.read_text(encoding="utf-8") != drawn]
    assert stale == [], "run docs/wiring/draw.py"


@pytest.mark.parametrize("drawing", sorted((DOCS / "wiring").glob("*.svg")), ids=lambda path: path.name)
def test_drawing_is_on_both_pages_and_within_its_frame(drawing: Path) -> None:
    for page in PAGES:
        assert f"(wiring/{drawing.name})" in page.read_text(encoding="utf-8")
    root = ElementTree.parse(drawing).getroot()
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for word in root.iter("{http://www.w3.org/2000/svg}text"):
        left, right = reach(word)
        assert 0 <= left < right <= width, word.text
        assert 0 < float(word.attrib["y"]) < height, word.text


@pytest.fixture
def parts() -> dict[str, dict[str, list[str]]]:
    """Return by drawing, then by part, each wire in words: where it starts, what sits in it, where it ends."""
    drawn = runpy.run_path(str(DOCS / "wiring" / "draw.py"))["DRAWINGS"]
    return {
        drawing.file: {
            part.name: [f"{wire.start}|{wire.element}|{wire.end}" for wire in part.wires] for part in drawing.parts
        }
        for drawing in drawn
    }


def wires(of: dict[str, list[str]], name: str) -> str:
    return "\n".join(next(each for part, each in of.items() if name in part))


def test_ring_current_returns_to_its_supply_and_its_gate_has_a_pull_down(
    parts: dict[str, dict[str, list[str]]],
) -> None:
    lights = parts["lights.svg"]
    mosfet = wires(lights, "MOSFET")
    assert "|R:220 Ω|栅极 gate G" in mosfet and "|R:100 kΩ|源极 source S" in mosfet
    assert "5 V 电源 / supply −||源极 source S" in mosfet
    assert "25|R:100 Ω|源极 source S" in mosfet
    assert "34|R:100 Ω|GND" in wires(parts["keys.svg"], "5 V, NPN")
    assert "drain D||−" in wires(lights, "灯环") and "fuse" in wires(lights, "灯环")


def test_no_5_v_line_reaches_a_pin_directly(parts: dict[str, dict[str, list[str]]]) -> None:
    ttl = wires(parts["printer.svg"], "TTL")
    assert "|R:10 kΩ|TX" in ttl and "|R:20 kΩ|GND" in ttl
    assert 5.25 * 20 / (10 + 20) <= 3.3 + 0.3
    assert "|T:BAT85, K → OUT|OUT" in wires(parts["keys.svg"], "5 V, NPN")
    assert "supply" in wires(parts["printer.svg"], "RS-232")


def test_relay_coil_has_its_own_supply_and_keys_have_resistors(parts: dict[str, dict[str, list[str]]]) -> None:
    relay = wires(parts["buzzer.svg"], "relay")
    assert "5 V 电源 / supply +|T:保险丝 / fuse T 500 mA|JD-VCC" in relay
    assert wires(parts["keys.svg"], "按键").count("1 kΩ") == 4


def test_budget_branches_add_up_within_the_supply() -> None:
    page = PAGES[0].read_text(encoding="utf-8").partition("One budget for 5 V")[2]
    rows = re.findall(r"^\| ([^|]+) \| ([0-9.]+)(?: of 5)? \|", page, re.MULTILINE)
    *branches, (_, together) = rows[: [name for name, _ in rows].index("together") + 1]
    assert round(sum(float(amperes) for _, amperes in branches), 1) == float(together) <= 5


def reach(word: ElementTree.Element) -> tuple[float, float]:
    """Return the horizontal extent of a text; Chinese characters are square, Latin ones just over half as wide."""
    size, x = float(word.attrib["font-size"]), float(word.attrib["x"])
    length = sum(size if ord(sign) > 0x2E80 else size * 0.55 for sign in word.text or "")
    return {"start": (x, x + length), "middle": (x - length / 2, x + length / 2), "end": (x - length, x)}[
        word.attrib["text-anchor"]
    ]
