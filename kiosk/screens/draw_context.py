"""Bundle what a screen needs to draw: page, frame, status, texts and the actions of the view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import segno

from kiosk.screens.components.buttons import Button, draw_footer
from kiosk.screens.components.camera import BLACK, LABEL, draw_bars
from kiosk.screens.components.states import State, draw_mark, draw_notice
from kiosk.screens.components.status_bar import StatusWords, draw_status_bar
from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Box, Fill, Line, Outline, Text
from kiosk.screens.rendering.theme import Theme, Type
from kiosk.views import Action, Panel, Status
from kiosk.words import Words
from lending.languages import languages

SPARE = 16
"""Width in units of a finger."""
ONWARD = (
    "continue",
    "finish",
    "next",
    "home",
    "send",
    "send_words",
    "onwards",
    "hand_in",
    "next_page",
    "lessons",
    "no_card",
)
"""Buttons with the arrow after the text."""


@dataclass(frozen=True, slots=True)
class DrawContext:
    """Drawing context of one screen; created for each layout."""

    page: Canvas
    frame: Frame
    status: Status
    words: Words
    actions: tuple[Action, ...]
    first: int = 0
    """Number of rows above the visible part of a long list."""
    following: int = 0
    """Index of the first overflow page for large text; 0 if everything fits."""
    _codes: dict[tuple[str, str, bool, bool], tuple[bytes, ...]] = field(default_factory=dict)
    """QR codes of this layout, cached.

    Large text lays out a screen several times, and a code takes longest of all.
    """

    @property
    def spare(self) -> int:
        """Room in pixels that the button to the overflow pages needs in the footer."""
        word = self.page.width(self.say("Next"), Type.CAP) + self.page.u(2)
        return max(self.page.u(SPARE), round(word)) if self.following else 0

    def say(self, text: str, **facts: object) -> str:
        return self.words.say(text, **facts)

    def action(self, name: str, item: str | None = None, choice: str | None = None) -> Action | None:
        """Return the action with that name, item and choice, or None if this view does not have it."""
        wanted = (name, item, choice)
        return next((each for each in self.actions if (each.name, each.item, each.choice) == wanted), None)

    def code(self, text: str, error: str = "m", *, boost: bool = True, utf8: bool = False) -> tuple[bytes, ...]:
        """Return the modules of a QR code, row by row.

        Args:
            text: Content.
            error: Minimum error correction level.
            boost: Use the highest level that does not enlarge the code.
            utf8: Declare the encoding with an ECI header.
        """
        known = (text, error, boost, utf8)
        if known not in self._codes:
            encoding = "utf-8" if utf8 else None
            made = segno.make(text, error=error, micro=False, boost_error=boost, encoding=encoding, eci=utf8)
            self._codes[known] = tuple(map(bytes, made.matrix))
        return self._codes[known]

    def button(self, name: str) -> list[Button]:
        """Return the button of an action in a list, empty if this view does not have it."""
        action = self.action(name)
        if action is None:
            return []
        label, icon, short = self._face_of(name)
        return [Button(action, label, icon, name in ONWARD, short)]

    def _face_of(self, name: str) -> tuple[str, str, str]:
        """Return label, icon and short label of a footer button; every footer action has its text here."""
        return {
            "borrow": (self.say("Borrow"), "book-up", ""),
            "return": (self.say("Return"), "book-down", ""),
            "account": (self.say("My account"), "user", self.say("Account")),
            "back": (self.say("Back"), "arrow-left", ""),
            "continue": (self.say("Continue"), "arrow-right", ""),
            "finish": (self.say("Finish"), "arrow-right", ""),
            "undo": (self.say("Undo last"), "undo-2", self.say("Undo")),
            "read_again": (self.say("Read again"), "refresh-cw", self.say("Again")),
            "renew_all": (self.say("Renew all"), "", ""),
            "renew": (self.say("Renew"), "", ""),
            "find": (self.say("Find a book"), "search", self.say("Find")),
            "events": (self.say("Events"), "calendar-days", ""),
            "new": (self.say("New titles"), "sparkles", ""),
            "tell_me": (self.say("Notify me when it arrives"), "bell", self.say("Notify me")),
            "tell_back": (self.say("Notify me when it is back"), "bell", self.say("Notify me")),
            "hold": (self.say("Place a hold"), "bookmark", self.say("Place hold")),
            "read": (self.say("Read it now"), "smartphone", self.say("Read")),
            "ask_librarian": (self.say("Ask a librarian"), "message-square", self.say("Ask")),
            "had": (self.say("My reading history"), "", self.say("History")),
            "tell": (self.say("Your opinion"), "message-square", ""),
            "register": (self.say("No card yet?"), "id-card", self.say("No card?")),
            "here": (self.say("Register on this screen"), "id-card", self.say("This screen")),
            "by_phone": (self.say("Register on my phone"), "smartphone", self.say("Phone")),
            "all_right": (self.say("Confirm details"), "check", self.say("Confirm")),
            "no_card": (self.say("Continue without a card"), "arrow-right", self.say("No card")),
            "send_code": (self.say("Send me a code"), "smartphone", self.say("Send a code")),
            "send": (self.say("Send rating only"), "arrow-right", self.say("Send")),
            "send_words": (self.say("Send it"), "arrow-right", self.say("Send")),
            "in_words": (self.say("Write a comment"), "", self.say("Comment")),
            "name_it": (self.say("Suggest a book"), "", self.say("Suggest")),
            "wish": (self.say("Suggest this book"), "check", ""),
            "learn": (self.say("Learn"), "graduation-cap", ""),
            "lessons": (self.say("More lessons"), "arrow-right", self.say("Lessons")),
            "event": (self.say("Sign up now"), "calendar-days", self.say("Sign up")),
            "take_place": (self.say("Sign up now"), "check", self.say("Sign up")),
            "queue": (self.say("Join the waiting list"), "clock", self.say("Join waiting list")),
            "give_place_back": (self.say("Cancel my place"), "undo-2", self.say("Cancel")),
            "next_page": (self.say("Next page"), "arrow-right", self.say("Next")),
            "online": (self.say("Databases and more"), "globe", self.say("Databases")),
            "survey": (self.say("Answer questions"), "message-square", self.say("Questions")),
            "stop": (self.say("Not now"), "", self.say("Not now")),
            "onwards": (self.say("Next question"), "arrow-right", self.say("Next")),
            "hand_in": (self.say("Send my answers"), "arrow-right", self.say("Send")),
            "not_this": (self.say("Not this one"), "", ""),
            "receipt_paper": (self.say("Paper receipt"), "receipt-text", self.say("Print")),
            "receipt_message": (self.say("By message"), "message-square", self.say("Message")),
            "receipt_phone": (self._on_phone(), "qr-code", self.say("Phone")),
            "receipt_none": (self.say("No receipt"), "", ""),
            "home": (self.say("Done"), "arrow-right", ""),
            "join": (self.say("Add this card"), "", self.say("Add")),
            "report": (self.say("Print report"), "printer", self.say("Report")),
            "test_touch": (self.say("Test screen"), "", self.say("Screen")),
            "test_all": (self.say("Test all"), "refresh-cw", self.say("Test")),
            "call_staff": (self.say("Call staff"), "hand", self.say("Staff")),
            "next": (self.say("Next book"), "arrow-right", ""),
            "technician": (self.say("Technician"), "wrench", ""),
            "stay": (self.say("I am still here"), "", ""),
            "reset_display": (self.say("Reset"), "undo-2", ""),
            "close_panel": (self.say("Done"), "check", ""),
        }[name]

    def _on_phone(self) -> str:
        """Return the short text next to the paper receipt button, which already says that it is a receipt."""
        has_paper = self.action("receipt_paper") is not None
        return self.say("Save to phone") if has_paper else self.say("Save receipt to phone")

    def foot(
        self,
        left: tuple[str, ...],
        right: tuple[str, ...],
        reserve: float = 0,
        more: Sequence[Button] = (),
        last: Sequence[Button] = (),
        answer: Button | None = None,
    ) -> Box:
        """Draw the shelf line and the footer buttons; return the room between the groups, `reserve` wide if possible.

        `more` and `last` are buttons with texts of their own, added to `left` and `right`. An `answer` does not take
        their room.
        """
        frame, page = self.frame, self.page
        self.line()
        lefts = [*(button for name in left for button in self.button(name)), *more]
        rights = [*(button for name in right for button in self.button(name)), *last]
        return draw_footer(page, frame.foot, lefts, rights, frame.primary, max(reserve, self.spare), answer)

    def notice(self, box: Box, code: str) -> float:
        """Draw the notice of a view; return its bottom y."""
        return draw_hint(self.page, box, code, self.words.notice(code), self.status.library)

    def then(self, words: str, called: bool) -> str:
        """Return what to do, with a note if staff were notified."""
        return self.say("{what} Staff have been notified.", what=words).strip() if called else words

    def line(self) -> None:
        """Draw the shelf line."""
        self.page.add(Fill(self.frame.line, self.page.colours.ink))

    def highlight(self, x: float, width: float) -> None:
        """Highlight a part of the shelf line, where something happens."""
        line = self.frame.line
        box = Box(round(x), line.y, round(width), line.h)
        with self.page.piece(box, f"lit {box.x}"):
            self.page.add(Line(box, self.page.colours.accent))

    def head(self) -> None:
        """Draw the status bar."""
        language, help_ = self._language(), self.action("help")
        size, display = self.action("large_text"), self.action(Panel.DISPLAY)
        assert size is not None and display is not None, "every view with a status bar offers both"
        words = StatusWords(
            library=self.status.library,
            time=f"{self.status.now:%H:%M}",
            draft=self.say("Draft") if self.words.draft else "",
            offline="" if self.status.online else self.say("Offline"),
            says=self.say("No voice in this language") if self.status.voice and self.status.mute else "",
            language=language,
            size=(size, self.say("Larger text")),
            display=(display, self.say("Display")),
            help=(help_, self.say("Help")) if help_ else None,
            open=self.status.panel,
            large=self.status.large_text,
        )
        draw_status_bar(self.page, self.frame.status, words)

    def _language(self) -> tuple[Action, str, str] | None:
        """Return the button to the only other language, or to the list of languages, with its text and short text."""
        if action := self.action(Panel.LANGUAGES):
            return action, self.say("Languages"), self.say("Languages")
        codes = {f"language_{code}": each for code, each in languages().items()}
        for action in self.actions:
            if action.name in codes:
                return action, *codes[action.name].names_beside(self.status.languages)
        return None


NOT_THIS_CODE = "not_this_code"
PLATE_WIDTH, COMPACT_PLATE_WIDTH = 46, 34
TALLEST_PLATE = 15
PLATE_MARK = 5.5
ISBN_SHOWN, LABEL_SHOWN = "9780306406157", "30012000000017"


def draw_hint(page: Canvas, box: Box, code: str, sentence: str, library: str) -> float:
    """Draw the notice for a code; return its bottom y. In large text on a compact screen the picture is left out."""
    if code != NOT_THIS_CODE or (page.theme.compact and page.theme.large):
        return draw_notice(page, box, State.LOOK, sentence)
    width = page.u(COMPACT_PLATE_WIDTH if page.theme.compact else PLATE_WIDTH)
    left = Box(box.x, box.y, box.w - width - page.u(2), box.h)
    bottom = draw_notice(page, left, State.LOOK, sentence)
    _draw_plates(page, Box(left.right + page.u(2), box.y, width, min(bottom - box.y, page.u(TALLEST_PLATE))), library)
    return bottom


def _draw_plates(page: Canvas, box: Box, library: str) -> None:
    """Draw the wrong label at the left and the right one at the right, as they appear on a book."""
    half = round((box.w - page.u(2)) / 2)
    _plate(page, Box(box.x, box.y, half, box.h), ISBN_SHOWN, "ISBN", State.REFUSED)
    right = Box(box.right - half, box.y, half, box.h)
    _plate(page, right, LABEL_SHOWN, library, State.DONE)
    page.add(Outline(right, page.colours.accent, max(3, page.u(0.5)), page.u(0.5)))


def _plate(page: Canvas, box: Box, code: str, heading: str, state: State) -> None:
    """Draw a label with its mark centred on the bars; a heading that does not fit is left out."""
    page.add(Fill(box, LABEL, page.u(0.5)))
    inner = box.inset(round(box.w * 0.08), round(box.h * 0.12))
    size = max(round(box.h * 0.2), 8)
    width = page.ruler.width(heading, size)
    head = size + page.u(0.5) if width <= inner.w else 0
    if head:
        page.add(Text(Box(round(inner.x + (inner.w - width) / 2), inner.y, width, size), heading, size, BLACK))
    stripes = Box(inner.x, inner.y + head, inner.w, inner.h - head)
    draw_bars(page, stripes, code, BLACK)
    side, middle = page.u(PLATE_MARK), round(stripes.y + stripes.h / 2)
    ground = Box(round(box.x + (box.w - side) / 2), round(middle - side / 2), side, side).inset(-4)
    page.add(Line(ground, LABEL))
    draw_mark(page, ground.x + 4, middle, state, PLATE_MARK)


STATUS_UNITS = 15
FOOT_UNITS = 15


@dataclass(frozen=True, slots=True)
class Frame:
    """Layout grid with one vertical axis: the left column for input, the right one for results.

    In portrait and in large text both columns have the full width.
    """

    status: Box
    whole: Box
    """From the status bar to the shelf line, both columns."""
    left: Box
    right: Box
    line: Box
    """The shelf line, from edge to edge."""
    foot: Box
    primary: float
    """Width in pixels of the primary button."""
    single: bool


def frame_for(theme: Theme) -> Frame:
    """Return the layout grid of a theme."""
    u = theme.u
    roomy = theme.wide or theme.portrait
    margin = u(4 if theme.compact else 9 if theme.wide else 6)
    inner = theme.width - 2 * margin
    line_y = theme.height - u(23 if roomy else 20)
    top = u(STATUS_UNITS + (1 if theme.compact else 3))
    whole = Box(margin, top, inner, line_y - top)
    single = theme.portrait or theme.large
    column = u(38.6 if theme.compact else 98 if theme.wide else 62)
    gap = margin
    left = whole if single else Box(margin, top, column, whole.h)
    right = whole if single else Box(margin + column + gap, top, inner - column - gap, whole.h)
    foot_y = line_y + u(1) + u(3 if roomy else 2)
    primary = u(54 if theme.compact else 81 if theme.portrait else 98 if theme.wide else 62)
    return Frame(
        status=Box(margin, 0, inner, u(STATUS_UNITS)),
        whole=whole,
        left=left,
        right=right,
        line=Box(0, line_y, theme.width, u(1)),
        foot=Box(margin, foot_y, inner, u(FOOT_UNITS)),
        primary=primary,
        single=single,
    )
