"""Shows the kiosk against a hub of its own: as pictures and a story, or in a window with a bench beside it."""

from __future__ import annotations

from pathlib import Path


def demo(*, headless: bool, out: Path) -> int:
    from kiosk.visit import player

    return player.play(player.built_in(), out=out)
