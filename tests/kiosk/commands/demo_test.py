"""Test the demo: its controls, operated by touch, and an end without leftover files or processes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from kiosk.commands.demo import has_display, introduction
from kiosk.hardware.rig import LINES, OK, OnReader, Rig
from kiosk.screens.demo_items import Book, Card, Table, strip_width
from kiosk.screens.rendering.display_list import Box
from kiosk.screens.rendering.kivy_setup import prepare
from kiosk.screens.rendering.theme import Theme
from kiosk.screens.samples.sample_parts import BOOKS, status
from kiosk.system.health import PartName
from kiosk.views import Signal, Welcome
from kiosk.words import Words
from tests.kiosk.screens import audit

prepare(1280, 800, fullscreen=False)

from kivy.base import EventLoop  # noqa: E402
from kivy.core.window import Window  # noqa: E402

from kiosk.screens.demo_controls import DemoControls, DemoState, ScreenAndControls, lay_out  # noqa: E402
from kiosk.screens.presenter import BuiltInScreen, ScreenPresenter  # noqa: E402
from kiosk.screens.rendering.canvas import Canvas  # noqa: E402
from kiosk.screens.rendering.display_list import Text, Touch  # noqa: E402
from kiosk.screens.rendering.glyphs import Glyphs  # noqa: E402
from kiosk.screens.screen_inspector import ScreenProbe  # noqa: E402
from tests.support.background import heeds_interrupts  # noqa: E402
from tests.support.patience import PATIENCE  # noqa: E402

pytestmark = pytest.mark.long

THEME = Theme(860, 800, 7.86)
"""Screen and controls together are as wide as the single window of the process."""
SHOWN = Theme(1280, 800, 10.1)
"""Theme of the demo itself."""
CARDS = tuple(
    Card(f"0000000{n}", name)
    for n, name in enumerate(("Ada Sample", "林样本", "Цэцэг Жишээ", "Petra P.", "Fei", "Eve"))
)
TITLES = (*(title for title, *_ in BOOKS["en"][:3]), *(title for title, *_ in BOOKS["zh"][:3]))
BENCH_BOOKS = tuple(Book(f"3000000000000{n}", title) for n, title in enumerate(TITLES))
WORDS = {language: Words(language) for language in ("en", "zh")}
STARTS = PATIENCE


class Strip:
    """Screen and demo controls in a real window, with touches on the controls."""

    def __init__(self) -> None:
        self.switched: list[bool] = []
        self.rig = Rig()
        self.presenter = ScreenPresenter(
            BuiltInScreen(THEME.width, THEME.height, THEME.diagonal), WORDS.__getitem__, lambda pressed: None
        )
        table = Table(CARDS, BENCH_BOOKS, self.switched.append)
        self.bench = DemoControls(table, self.rig, THEME)
        self.both = ScreenAndControls(self.presenter, self.bench, WORDS.__getitem__)
        self.probe = ScreenProbe(self.presenter)

    def show(self, language: str = "en") -> None:
        self.both.show(Welcome(), status(language))
        self.bench.refresh(WORDS[language])

    def touch(self, name: str, choice: str | None = None, item: str | None = None) -> None:
        marks = [mark for mark in self.bench._sheet if isinstance(mark, Touch)]
        mark = next(each for each in marks if (each.name, each.choice, each.item) == (name, choice, item))
        x, y = mark.box.centre
        self.probe.touch(THEME.width + x, y)
        self.bench.refresh(WORDS["en"])

    @property
    def texts(self) -> list[str]:
        return [mark.text for mark in self.bench._sheet if isinstance(mark, Text)]


@pytest.fixture
def strip() -> Iterator[Strip]:
    EventLoop.ensure_window()
    controls = Strip()
    Window.add_widget(controls.both.root)
    controls.show()
    yield controls
    Window.remove_widget(controls.both.root)


def played(scenario: Callable[[], Awaitable[None]]) -> None:
    async def within_time() -> None:
        async with asyncio.timeout(PATIENCE):
            await scenario()

    asyncio.run(within_time())


def test_touched_card_is_placed_on_the_reader_and_removed(strip: Strip) -> None:
    async def scenario() -> None:
        strip.touch("card", choice=CARDS[1].uid)
        cards = strip.rig.cards(lambda: False)
        seen = [await asyncio.to_thread(next, cards) for _ in range(2)]
        assert seen == [CARDS[1].uid, OnReader.NOTHING]

    played(scenario)


def test_touched_book_is_scanned(strip: Strip) -> None:
    strip.touch("book", item=BENCH_BOOKS[2].barcode)
    labels = strip.rig.labels(lambda: False)
    assert next(labels) == BENCH_BOOKS[2].barcode
    assert strip.rig.is_settled is False


def test_network_switch_toggles_the_network(strip: Strip) -> None:
    assert "Network is up" in strip.texts
    strip.touch("network")
    assert "Network is down" in strip.texts
    strip.touch("network")
    assert "Network is up" in strip.texts
    assert strip.switched == [False, True]


def test_paper_switch_toggles_the_printer_paper(strip: Strip) -> None:
    strip.touch("paper")
    assert strip.rig.state(PartName.RECEIPT_PRINTER) == "out_of_paper"
    assert "Paper is out" in strip.texts
    strip.touch("paper")
    assert strip.rig.state(PartName.RECEIPT_PRINTER) == OK
    assert "Paper is in" in strip.texts


def test_receipt_covers_the_controls_until_it_is_taken(strip: Strip, tmp_path: Path) -> None:
    receipt = Image.new("1", (384, 600), 1)
    receipt.info[LINES] = ("Thank you",)
    without = picture(strip, tmp_path / "without.png")
    strip.rig.take_paper(receipt)
    strip.bench.refresh(WORDS["en"])
    hanging = picture(strip, tmp_path / "hanging.png")
    assert hanging.getpixel((THEME.width + strip_width(THEME) // 2, 500)) == (255, 255, 255)
    assert hanging.crop((0, 0, THEME.width, 800)).tobytes() == without.crop((0, 0, THEME.width, 800)).tobytes()
    assert "Network is up" in strip.texts
    strip.touch("take")
    assert picture(strip, tmp_path / "torn.png").tobytes() == without.tobytes()
    strip.touch("book", item=BENCH_BOOKS[0].barcode)
    assert not strip.rig.is_settled


def picture(strip: Strip, path: Path) -> Image.Image:
    strip.probe.shot(path)
    with Image.open(path) as opened:
        return opened.copy()


def test_controls_follow_lights_and_language(strip: Strip) -> None:
    async def scenario() -> None:
        following = asyncio.create_task(strip.both.follow())
        strip.rig.light(Signal.DONE)
        strip.both.show(Welcome(), status("zh"))
        while WORDS["zh"].say("Lights: done") not in strip.texts:
            await asyncio.sleep(0)
        strip.both.show(Welcome(), status("en"))
        while "Lights: done" not in strip.texts:
            await asyncio.sleep(0)
        following.cancel()

    played(scenario)


def test_touch_on_the_kiosk_changes_no_control(strip: Strip) -> None:
    strip.probe.touch(400, 500)
    assert (strip.switched, strip.rig.is_settled, strip.rig.state(PartName.RECEIPT_PRINTER)) == ([], True, OK)


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("signal", [None, *Signal])
def test_controls_pass_the_layout_audit_in_every_state(language: str, signal: Signal | None) -> None:
    table = Table(CARDS, BENCH_BOOKS, lambda up: None)
    data = "\n".join((*(card.owner for card in CARDS), *TITLES))
    for network, printer in ((True, OK), (False, "out_of_paper")):
        page = Canvas(SHOWN, Glyphs())
        papers = int(network)
        lay_out(page, WORDS[language], table, DemoState(network, printer, signal, papers))
        sheet = page.sheet()
        rest = 1 if papers else len(BENCH_BOOKS)
        assert len([mark for mark in sheet if isinstance(mark, Touch)]) == len(CARDS) + rest + 2
        assert [
            *audit.outside(sheet, Box(0, 0, strip_width(SHOWN), SHOWN.height)),
            *audit.missing_glyphs(sheet),
            *audit.cut_words(sheet, data),
            *audit.spilled(sheet),
            *audit.overlaps(sheet),
            *audit.covered(sheet),
            *audit.crowded_targets(sheet),
            *audit.pale(sheet, SHOWN),
        ] == []


@pytest.mark.parametrize(
    ("environment", "there"),
    [
        ({}, False),
        ({"DISPLAY": ":0"}, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True),
        ({"SDL_VIDEODRIVER": "kmsdrm"}, True),
        ({"DISPLAY": ":0", "SDL_VIDEODRIVER": "offscreen"}, False),
    ],
)
def test_display_is_detected_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], there: bool
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert has_display() is there


def test_introduction_explains_a_missing_display() -> None:
    text = introduction(3, Path("out/demo"), headless=False)
    assert text.startswith("No display found, so no window opens. Playing 3 visits")
    assert introduction(3, Path("out/demo"), headless=True).startswith("Playing 3 visits")


IN_A_WINDOW = ("-c", "import sys; from kiosk.commands.demo import in_a_window; sys.exit(in_a_window())")
"""The windowed demo, drawn offscreen."""
HEADLESS = ("-m", "kiosk.cli", "demo", "--headless", "--out", "pictures")


@pytest.mark.parametrize(
    ("how", "number", "until", "code"),
    [
        (IN_A_WINDOW, signal.SIGTERM, "kiosk.sock", 0),
        (IN_A_WINDOW, signal.SIGINT, "library-0.log", 1),
        (HEADLESS, signal.SIGINT, "kiosk.sock", 1),
    ],
    ids=["window", "starting, Ctrl-C", "headless, Ctrl-C"],
)
def test_interrupted_demo_leaves_no_files_or_processes(
    short: Path, how: tuple[str, ...], number: signal.Signals, until: str, code: int
) -> None:
    temporary, work = short / "temporary", short / "work"
    temporary.mkdir()
    work.mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary), "SDL_VIDEODRIVER": "offscreen"}
    environment.pop("KIVY_HOME")
    with subprocess.Popen(
        [sys.executable, *how],
        env=environment,
        cwd=work,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heeds_interrupts,
    ) as demo:
        try:
            wait_for(until, temporary)
            assert running_in(temporary)
            demo.send_signal(number)
            said, complaint = demo.communicate(timeout=STARTS)
        finally:
            demo.kill()
    assert "Traceback" not in complaint
    assert ("/demo/outbox/" in said) == (code == 0), "a window that is up names its outbox"
    assert ("Pictures: pictures. Ctrl+C stops." in said) == (how is HEADLESS)
    assert demo.returncode == code
    assert running_in(temporary) == []
    assert list(temporary.iterdir()) == []
    assert [each.name for each in work.iterdir()] in ([], ["pictures"])


@pytest.fixture
def short() -> Iterator[Path]:
    """Return a folder with a short name; a socket path may have at most 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="kiosk-") as folder:
        yield Path(folder)


def wait_for(name: str, temporary: Path) -> None:
    end = time.monotonic() + STARTS
    while not any(name in files for _, _, files in os.walk(temporary)):
        assert time.monotonic() < end


def running_in(temporary: Path) -> list[str]:
    """Return the processes whose TMPDIR is this folder."""
    mark = f"TMPDIR={temporary}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_text())
        except OSError:
            continue
    return found
