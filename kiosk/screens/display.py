"""Assemble the output of the kiosk: screen, demo control panel, window, backlight and screen reader.

Import it after `kiosk.screens.rendering.kivy_setup.prepare`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from PIL import Image

from kiosk.events import Pressed, TargetTouched
from kiosk.hardware.backlight import Backlight
from kiosk.hardware.rig import Rig
from kiosk.hardware.voice import Voice
from kiosk.screens.demo_controls import DemoControls, ScreenAndControls
from kiosk.screens.demo_items import Table
from kiosk.screens.presenter import BuiltInScreen, ScreenPresenter
from kiosk.screens.rendering.covers import CoverPictures
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.screens.rendering.window import capture, show_until_closed
from kiosk.screens.screen_inspector import ScreenProbe
from kiosk.screens.screen_reader import Reader
from kiosk.views import Status, View
from kiosk.words import Words


class DisplayStack:
    """The kiosk's output as one object; the desk calls `show` for each view."""

    def __init__(
        self,
        theme: Theme,
        words: Callable[[str], Words],
        press: Callable[[Pressed | TargetTouched], None],
        backlight: Backlight,
        covers: CoverPictures | None = None,
    ) -> None:
        screen = BuiltInScreen(theme.width, theme.height, theme.diagonal, theme.accent)
        self.face = ScreenPresenter(screen, words, press, covers)
        self._theme = theme
        self._words = words
        self._backlight = backlight
        self._with_controls: ScreenAndControls | None = None
        self._reader: Reader | None = None

    def add_controls(self, table: Table, rig: Rig) -> None:
        """Add the demo's control panel with these items."""
        self._with_controls = ScreenAndControls(self.face, DemoControls(table, rig, self._theme), self._words)

    def speak_by(self, voice: Voice, *, headphones: bool) -> None:
        """Start the screen reader, for patrons who switch it on."""
        self._reader = Reader(self._words, Glyphs(), voice, headphones=headphones)

    def show(self, view: View, status: Status) -> None:
        """Draw the view, and speak it if the voice is on."""
        (self._with_controls or self.face).show(view, status)
        if self._reader is not None:
            self._reader.show(view, status)

    def has_drawn(self) -> bool:
        """Return True if the first frame was drawn."""
        return self.face.first_drawn > 0

    def darken(self, dark: bool) -> None:
        """Blank the screen and switch the backlight off, or restore both."""
        self.face.darken(dark)
        self._backlight.switch(not dark)

    def keep_lit(self) -> AbstractContextManager[None]:
        """Keep the backlight on inside the context."""
        return self._backlight.keep_lit()

    def glass(self) -> ScreenProbe:
        """Return the test interface that plays a patron."""
        return ScreenProbe(self.face)

    def capture(self) -> Callable[[], Image.Image]:
        """Read what the screen shows; return a function that makes the picture, in any thread."""
        self.face.settle()
        return capture()

    async def until_closed(self) -> None:
        """Run until the window is closed; closes the window when cancelled."""
        await show_until_closed(self._with_controls.root if self._with_controls else self.face)

    async def follow(self) -> None:
        """Keep the control panel up to date; return at once if there is none."""
        if self._with_controls is not None:
            await self._with_controls.follow()
