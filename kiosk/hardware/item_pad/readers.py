"""Choose the reader that kiosk.toml configures for the item pad."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import assert_never

from kiosk.config.hardware import FeigPad, Pn5180Pad
from kiosk.hardware.item_pad.pile import PadOnAir


def opening_of(choice: Pn5180Pad | FeigPad) -> Callable[[], AbstractContextManager[PadOnAir]]:
    """Return what opens the configured reader."""
    match choice:
        case Pn5180Pad():
            from kiosk.hardware.item_pad.pn5180 import open_pn5180

            return partial(open_pn5180, choice)
        case FeigPad():
            from kiosk.hardware.item_pad.feig import open_feig

            return partial(open_feig, choice)
        case _:
            assert_never(choice)
