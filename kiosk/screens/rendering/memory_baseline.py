"""Open an empty Kivy window of a given size, as the baseline for memory measurements."""

from __future__ import annotations

import asyncio
import sys

from kiosk.screens.rendering.kivy_setup import prepare


def main() -> None:
    prepare(int(sys.argv[1]), int(sys.argv[2]), fullscreen=False)
    from kivy.uix.widget import Widget

    from kiosk.screens.rendering.window import show_until_closed

    asyncio.run(show_until_closed(Widget()))


if __name__ == "__main__":
    main()
