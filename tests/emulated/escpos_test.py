"""Test the emulated printer: output of python-escpos is rendered correctly, and defects are detected."""

from __future__ import annotations

import base64
import io
import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from escpos.printer import Dummy, Network, Serial
from PIL import Image
from pyzbar.pyzbar import decode

from kiosk.config.hardware import NetworkPrinter
from kiosk.hardware.parts import PartFault
from kiosk.hardware.receipt_printer.driver import opening_of
from tests.emulated.escpos_cables import PtyCable, TcpCable
from tests.emulated.escpos_interpreter import Type
from tests.emulated.escpos_printer import PROFILES, Printer
from tests.kiosk.hardware.printer_operator import by_serial
from tests.kiosk.hardware.receipt_printer_contract import alike, drawing

WIDTHS = (384, 576)
CUT = b"\x1dVA\x00"


def printed(data: bytes, width: int = 576) -> list[Image.Image]:
    printer = Printer(width, buffer=1 << 20)
    printer.receive(data + CUT)
    assert printer.unknown == ()
    return list(printer.slips())


def profile_encoder(width: int = 576) -> Any:
    return Dummy(profile=PROFILES[width])


def set_in_type(text: str, page: int = 0) -> Image.Image:
    """Return the characters side by side in the printer's font."""
    type_ = Type(PROFILES[576])
    type_.page = page
    cells = [type_.draw(character) for character in text]
    line = Image.new("L", (sum(cell.width for cell in cells), 24), 255)
    x = 0
    for cell in cells:
        line.paste(cell, (x, 0))
        x += cell.width
    return line.point(lambda shade: 255 if shade > 140 else 0)


def shows(slip: Image.Image, words: Image.Image) -> bool:
    """Return True if the words are at the top left of the slip."""
    return alike(slip.convert("L").crop((0, 0, words.width, slip.height)), words.crop((0, 0, words.width, slip.height)))


@pytest.mark.parametrize("way", ["bitImageRaster", "graphics", "bitImageColumn"])
@pytest.mark.parametrize("width", WIDTHS)
def test_raster_graphics_and_column_commands_print_the_same_picture(way: str, width: int) -> None:
    encoder = profile_encoder(width)
    encoder.image(drawing(width), impl=way)
    (slip,) = printed(encoder.output, width)
    assert alike(slip, drawing(width))


@pytest.mark.parametrize("text", ["Hello, Gruesse", "Grüße 5 €", "Привет, мир", "Dvořák"])
def test_text_is_printed_in_the_code_page_of_the_profile(text: str) -> None:
    encoder = profile_encoder()
    encoder.text(text + "\n")
    (slip,) = printed(encoder.output)
    assert shows(slip, set_in_type(text))


def test_different_code_page_prints_different_characters() -> None:
    encoder = profile_encoder()
    encoder.text("Привет\n")
    page = encoder.output.index(b"\x1bt") + 2
    (slip,) = printed(encoder.output[:page] + b"\x00" + encoder.output[page + 1 :])
    assert not shows(slip, set_in_type("Привет"))


def test_chinese_text_needs_chinese_mode() -> None:
    encoder = profile_encoder()
    encoder.text("城市图书馆\n")
    (right,) = printed(b"\x1c&" + encoder.output)
    assert shows(right, set_in_type("城市图书馆"))
    (wrong,) = printed(encoder.output)
    assert not shows(wrong, set_in_type("城市图书馆")), "the library sends no FS &, so receipts are drawn"


def test_large_bold_text_is_centred() -> None:
    encoder = profile_encoder()
    encoder.set(align="center", bold=True, double_width=True, double_height=True)
    encoder.text("Big\n")
    (slip,) = printed(encoder.output)
    left, _, right, bottom = slip.convert("L").point(lambda shade: 255 - shade).getbbox() or (0, 0, 0, 0)
    assert abs(left - (576 - right)) < 12
    assert 24 < bottom <= 48


@pytest.mark.parametrize("native", [True, False])
def test_printed_qr_code_is_readable(native: bool) -> None:
    encoder = profile_encoder()
    encoder.qr("K7Q2MX", native=native, size=6)
    (slip,) = printed(encoder.output)
    assert [code.data for code in decode(slip.convert("L"))] == [b"K7Q2MX"]


@pytest.mark.parametrize(
    ("kind", "text", "read"),
    [
        ("EAN13", "4006381333931", ("EAN13", b"4006381333931")),
        ("CODE39", "LIB3001", ("CODE39", b"LIB3001")),
        ("ITF", "30012000000017", ("I25", b"30012000000017")),
        ("CODE128", "{B30012000000017", ("CODE128", b"30012000000017")),
    ],
)
def test_printed_barcode_is_readable(kind: str, text: str, read: tuple[str, bytes]) -> None:
    encoder = profile_encoder()
    encoder.barcode(text, kind, 80, 2, "OFF", align_ct=True, function_type="B" if kind == "CODE128" else None)
    (slip,) = printed(encoder.output + b"\x1bd\x02")
    assert [(code.type, code.data) for code in decode(slip.convert("L"))] == [read]


def test_truncated_or_damaged_job_prints_a_different_picture() -> None:
    """Control: the printer renders what was sent, including defects."""
    encoder = profile_encoder(384)
    encoder.image(drawing(384))
    for broken in (encoder.output[: len(encoder.output) // 2], encoder.output[:500] + encoder.output[501:]):
        printer = Printer(384)
        printer.receive(broken)
        assert printer.slips() == ()
        hanging = printer.hanging()
        assert hanging is not None
        assert not alike(hanging, drawing(384))


def test_unknown_command_is_recorded() -> None:
    printer = Printer(384)
    printer.receive(b"\x1bZ\x1dz")
    assert printer.unknown == (b"\x1bZ", b"\x1dz")


def test_status_query_inside_picture_data_is_answered_at_once() -> None:
    printer = Printer(384)
    assert printer.receive(b"\x1dv0\x00\x30\x00\xff\x00" + bytes(100)) == b""
    assert printer.receive(b"\x10\x04") == b""
    assert printer.receive(b"\x04") == b"\x12", "also if it arrives in two pieces"


@pytest.mark.parametrize(
    ("state", "paper", "online"), [("ok", 2, True), ("near_end", 1, True), ("out_of_paper", 0, False)]
)
def test_library_reads_paper_status_and_online_state(state: str, paper: int, online: bool) -> None:
    printer = Printer(576)
    printer.put(state)
    with TcpCable(printer) as cable:
        library = Network("127.0.0.1", cable.port, timeout=5)
        assert (library.paper_status(), library.is_online()) == (paper, online)
        library.close()


def test_library_takes_silence_for_paper_and_the_kiosk_for_a_fault(tmp_path: Path) -> None:
    """`paper_status` takes an empty response for 2, plenty of paper."""
    printer = Printer(384)
    printer.put("silent")
    with PtyCable(printer, tmp_path / "tty0") as cable:
        library = Serial(str(cable.link), timeout=0.2, dsrdtr=False)
        assert library.paper_status() == 2
        assert not library.is_online()
        library.close()
    operator = by_serial(printer, 384, tmp_path)
    with operator.cable, operator.open() as driver, pytest.raises(PartFault, match="no_answer"):
        driver.check()


def test_printer_process_is_operated_over_its_socket(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.emulated.escpos_process", str(tmp_path), "--width", "384"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        where = json.loads(process.stdout.readline())
        try:
            with socket.socket(socket.AF_UNIX) as talk:
                talk.settimeout(10)
                talk.connect(where["socket"])
                lines = talk.makefile("rw")

                def ask(**words: object) -> dict[str, Any]:
                    lines.write(json.dumps(words) + "\n")
                    lines.flush()
                    answer: dict[str, Any] = json.loads(lines.readline())
                    return answer

                printer = NetworkPrinter(driver="network", host="127.0.0.1", port=where["port"])
                with opening_of(printer, tmp_path / "unfinished")() as driver:
                    assert ask(put="cover_open") == {}
                    with pytest.raises(PartFault, match="cover_open"):
                        driver.check()
                    ask(put="ok")
                    driver.print(drawing(384))
                assert "on fire" in ask(put="on fire")["why"]
                (slip,) = ask(slips=True)["slips"]
        finally:
            process.terminate()
    assert alike(Image.open(io.BytesIO(base64.b64decode(slip))), drawing(384))
