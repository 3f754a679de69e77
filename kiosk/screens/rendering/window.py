"""Run the Kivy window inside asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from kivy.app import App
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.graphics.opengl import GL_RGB, GL_UNSIGNED_BYTE, glReadPixels
from kivy.uix.widget import Widget
from PIL import Image


class _Guest(App):
    def __init__(self, root: Widget) -> None:
        super().__init__()
        self._content = root

    def build(self) -> Widget:
        return self._content

    def open_settings(self, *_: object) -> bool:
        """Disable Kivy's settings panel (F1)."""
        return False


async def show_until_closed(root: Widget) -> None:
    """Run until the window is closed; closes the window when cancelled."""
    guest = _Guest(root)
    try:
        await guest.async_run("asyncio")
    finally:
        guest.stop()


def capture() -> Callable[[], Image.Image]:
    """Read the window's pixels; return a function that makes the picture from them, in any thread."""
    Window.dispatch("on_draw")
    size = int(Window.system_size[0]), int(Window.system_size[1])
    pixels = glReadPixels(0, 0, *size, GL_RGB, GL_UNSIGNED_BYTE)
    return lambda: Image.frombytes("RGB", size, bytes(pixels)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)


async def wait_for_turn() -> None:
    """Return after the window's loop has completed a turn and drawn pending changes."""
    loop = asyncio.get_running_loop()
    for _ in range(2):
        ticked: asyncio.Future[None] = loop.create_future()
        Clock.schedule_once(lambda _, ticked=ticked: ticked.done() or ticked.set_result(None), 0)
        await ticked
