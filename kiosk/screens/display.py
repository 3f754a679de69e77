"""What stands before the patron: the face, the demo's bench beside it, their window, the light behind; decides nothing.

Import it after `kiosk.screens.kivy_setup.prepare`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from kiosk.events import Landed, Pressed
from kiosk.hardware.backlight import Backlight
from kiosk.hardware.rig import Rig
from kiosk.hardware.voice import Voice
from kiosk.screens.demo_controls import DemoControls, FaceAndBench
from kiosk.screens.demo_items import Table
from kiosk.screens.glyphs import Glyphs
from kiosk.screens.presenter import Screen, ScreenPresenter
from kiosk.screens.screen_inspector import Glass
from kiosk.screens.screen_reader import Reader
from kiosk.screens.theme import Theme
from kiosk.screens.window import show_until_closed
from kiosk.views import Status, View
from kiosk.words import Words


class DisplayStack:
    def __init__(
        self,
        theme: Theme,
        words: Callable[[str], Words],
        press: Callable[[Pressed | Landed], None],
        backlight: Backlight,
    ) -> None:
        self.face = ScreenPresenter(Screen(theme.width, theme.height, theme.diagonal, theme.accent), words, press)
        self._theme = theme
        self._words = words
        self._backlight = backlight
        self._beside: FaceAndBench | None = None
        self._reader: Reader | None = None

    def lay(self, table: Table, rig: Rig) -> None:
        """A bench stands beside the face from now on, with these things on it."""
        self._beside = FaceAndBench(self.face, DemoControls(table, rig, self._theme), self._words)

    def speak_by(self, voice: Voice, *, headphones: bool) -> None:
        """What is shown is said from now on, where it is wished."""
        self._reader = Reader(self._words, Glyphs(), voice, headphones=headphones)

    def show(self, view: View, status: Status) -> None:
        (self._beside or self.face).show(view, status)
        if self._reader is not None:
            self._reader.show(view, status)

    def drawn(self) -> bool:
        """The first frame was on the glass."""
        return self.face.first_drawn > 0

    def darken(self, dark: bool) -> None:
        self.face.darken(dark)
        self._backlight.switch(not dark)

    def kept_lit(self) -> AbstractContextManager[None]:
        return self._backlight.kept_lit()

    def glass(self) -> Glass:
        """For whoever plays a patron."""
        return Glass(self.face)

    async def until_closed(self) -> None:
        """Returns when the window is closed; cancelled, it closes it."""
        await show_until_closed(self._beside.root if self._beside else self.face)

    async def follow(self) -> None:
        """Keeps the bench as the parts are; returns at once where there is none."""
        if self._beside is not None:
            await self._beside.follow()
