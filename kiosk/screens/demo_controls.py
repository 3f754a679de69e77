"""Draw the demo's control panel: cards, books, cables, paper and lights of the simulated parts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

from kivy.core.image import Image as CoreImage
from kivy.core.window import Window
from kivy.graphics import Color, Rectangle
from kivy.input import MotionEvent
from kivy.uix.relativelayout import RelativeLayout
from kivy.uix.widget import Widget

from kiosk.hardware.rig import OK, Rig
from kiosk.screens.components.buttons import Button, draw_button
from kiosk.screens.demo_items import STRIP, Card, Table, strip_width
from kiosk.screens.presenter import ScreenPresenter
from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Box, Figure, Fill, Line, Shape, Sheet, Touch
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.painter import Painter
from kiosk.screens.rendering.theme import Theme, Type
from kiosk.system.health import PartName
from kiosk.views import Action, Signal, Status, View
from kiosk.words import Words
from lending.model import ItemId

HOLD_SECONDS = 0.3
"""Seconds that a card is held on the reader."""
LOOK_SECONDS = 0.1
OUT_OF_PAPER = "out_of_paper"
ROW = 8
GAP = 1.2


@dataclass(frozen=True, slots=True)
class DemoState:
    """What the panel shows; it is redrawn if this changes."""

    network: bool
    printer: str
    signal: Signal | None
    papers: int
    """Receipts hanging from the printer that were not taken yet."""


class DemoControls(RelativeLayout):
    """Control panel at the right of the kiosk's screen, refreshed after each view."""

    def __init__(self, table: Table, rig: Rig, theme: Theme) -> None:
        super().__init__(pos=(theme.width, 0), size=(strip_width(theme), theme.height), size_hint=(None, None))
        self._table = table
        self._rig = rig
        self._theme = theme
        self._network = True
        self._glyphs = Glyphs()
        self._painter = Painter(self.canvas, self._glyphs, theme.height)
        self._sheet: Sheet = ()
        self._torn_off = 0
        """Number of receipts taken from the printer."""
        self._paper = Box(0, 0, 0, 0)
        """Box in which the newest receipt hangs."""

    def state(self) -> DemoState:
        printer = self._rig.state(PartName.RECEIPT_PRINTER)
        return DemoState(self._network, printer, self._rig.signal, len(self._rig.receipts()) - self._torn_off)

    def refresh(self, words: Words) -> None:
        state = self.state()
        page = Canvas(self._theme, self._glyphs)
        self._paper = lay_out(page, words, self._table, state)
        self._sheet = page.sheet()
        self._painter.show(self._sheet)
        self._draw_paper()
        Window.canvas.ask_update()

    def on_touch_up(self, touch: MotionEvent) -> bool:
        if not self.collide_point(*touch.pos):
            return False
        x, y = touch.x - self.x, self.height - touch.y
        if self._paper.contains(x, y):
            self._torn_off = len(self._rig.receipts())
            return True
        for mark in reversed(self._sheet):
            if isinstance(mark, Touch) and mark.box.contains(x, y):
                self._do(mark)
        return True

    def _do(self, touched: Touch) -> None:
        match touched.name:
            case "card":
                self._rig.place_card(touched.choice or "")
                asyncio.get_running_loop().call_later(HOLD_SECONDS, self._rig.remove_cards)
            case "book":
                self._rig.show(touched.item or "")
            case "network":
                self._network = not self._network
                self._table.switch_network(self._network)
            case "take":
                self._torn_off = len(self._rig.receipts())
            case "paper":
                empty = self._rig.state(PartName.RECEIPT_PRINTER) != OK
                self._rig.set_part(PartName.RECEIPT_PRINTER, OK if empty else OUT_OF_PAPER)

    def _draw_paper(self) -> None:
        """Draw the newest receipt from its top, as far as there is room."""
        self.canvas.after.clear()
        if self._paper.h == 0:
            return
        texture = CoreImage(BytesIO(self._rig.receipts()[-1].png), ext="png").texture
        scale = min(1.0, self._paper.w / texture.width)
        height = min(texture.height, int(self._paper.h / scale))
        shown = texture.get_region(0, texture.height - height, texture.width, height)
        size = (texture.width * scale, height * scale)
        with self.canvas.after:
            Color(1, 1, 1, 1)
            Rectangle(texture=shown, pos=(self._paper.x, self.height - self._paper.y - size[1]), size=size)


def lay_out(page: Canvas, words: Words, table: Table, state: DemoState) -> Box:
    """Draw the panel; return the box of the receipt, empty if there is none."""
    colours = page.colours
    page.add(Fill(Box(0, 0, strip_width(page.theme), page.theme.height), colours.board))
    page.add(Line(Box(0, 0, page.u(0.5), page.theme.height), colours.ink))
    left, inner, gap = page.u(4), page.u(STRIP), page.u(GAP)
    half = (inner - gap) / 2
    y: float = page.u(3)
    network = words.say("Network is up") if state.network else words.say("Network is down")
    paper = words.say("Paper is in") if state.printer == OK else words.say("Paper is out")
    _place(page, Box(left, y, inner, page.u(ROW)), Action("network", primary=not state.network), network)
    y += page.u(ROW + GAP)
    _place(page, Box(left, y, inner, page.u(ROW)), Action("paper", primary=state.printer != OK), paper)
    y += page.u(ROW + GAP)
    _light(page, Box(left, y, inner, page.u(6)), words, state.signal)
    y = _heading(page, left, y + page.u(6) + gap, words.say("Cards"))
    for number, card in enumerate(table.cards):
        box = Box(left + (number % 2) * (half + gap), y + (number // 2) * page.u(ROW + GAP), half, page.u(ROW))
        _place(page, box, Action("card", choice=card.uid), _card_words(words, card))
    y += -(-len(table.cards) // 2) * page.u(ROW + GAP)
    if state.papers:
        box = Box(left, y + gap, inner, page.u(ROW))
        _place(page, box, Action("take", primary=True), words.say("Take the receipt"))
        top = box.bottom + gap
        return Box(left, top, inner, page.theme.height - top)
    y = _heading(page, left, y + gap, words.say("Books"))
    for number, book in enumerate(table.books):
        box = Box(left, y + number * page.u(ROW + GAP), inner, page.u(ROW))
        _place(page, box, Action("book", item=ItemId(book.barcode)), book.title)
    return Box(0, 0, 0, 0)


def _card_words(words: Words, card: Card) -> str:
    special = {"pin": words.say("PIN"), "fees": words.say("fees"), "expired": words.say("expired")}.get(card.case)
    return f"{card.owner}, {special}" if special else card.owner


def _heading(page: Canvas, x: float, y: float, text: str) -> float:
    return page.words(Box(x, y, page.u(STRIP), page.u(6)), text, Type.CAP) + page.u(1)


def _place(page: Canvas, box: Box, action: Action, label: str) -> None:
    if action.primary:
        draw_button(page, box, Button(action, label), Type.CAP)
        return
    page.add(Fill(box, page.colours.leaf, page.u(1)))
    page.frame(box)
    page.word(box.inset(page.u(1), 0), label, Type.CAP, cut=True)
    page.touch(box, action, label)


def _light(page: Canvas, box: Box, words: Words, signal: Signal | None) -> None:
    colours = page.colours
    colour = {
        None: colours.line,
        Signal.IDLE: colours.line,
        Signal.DONE: colours.done,
        Signal.REFUSED: colours.stop,
    }.get(signal, colours.accent)
    side = page.u(5)
    page.add(Shape(Box(box.x, box.y, side, side), Figure.DISC, colour))
    page.word(Box(box.x + side + page.u(2), box.y, box.w, side), _light_words(words, signal), Type.CAP, cut=False)


def _light_words(words: Words, signal: Signal | None) -> str:
    return {
        None: words.say("Lights: dark"),
        Signal.IDLE: words.say("Lights: idle"),
        Signal.CARD: words.say("Lights: card reader"),
        Signal.SCAN: words.say("Lights: scanner"),
        Signal.BUSY: words.say("Lights: busy"),
        Signal.DONE: words.say("Lights: done"),
        Signal.REFUSED: words.say("Lights: refused"),
        Signal.ATTENTION: words.say("Lights: look here"),
        Signal.HELP: words.say("Lights: call staff"),
        Signal.OUT_OF_ORDER: words.say("Lights: out of order"),
    }[signal]


class ScreenAndControls:
    """Shows a view on the kiosk's screen, and refreshes the control panel when its state may have changed."""

    def __init__(self, face: ScreenPresenter, bench: DemoControls, words: Callable[[str], Words]) -> None:
        self._face = face
        self._bench = bench
        self._words = words
        self._language = ""
        self.root = Widget()
        self.root.add_widget(face)
        self.root.add_widget(bench)

    def show(self, view: View, status: Status) -> None:
        self._language = status.language
        self._face.show(view, status)

    async def follow(self) -> None:
        """Poll lights, paper and cables a few times per second and redraw changes. Never returns."""
        drawn: object = None
        while True:
            if self._language and (seen := (self._language, self._bench.state())) != drawn:
                drawn = seen
                self._bench.refresh(self._words(self._language))
            await asyncio.sleep(LOOK_SECONDS)
