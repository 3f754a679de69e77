"""Lengthen the time limits of parts in this process, so that a stalled machine is no fault."""

from kiosk.hardware.barcodes.decoder import DecoderWorker
from kiosk.hardware.receipt_printer import driver
from tests.support.patience import PATIENCE


def decoder() -> None:
    """Lengthen the default timeout of decoders; a restarted decoder would have missed the label."""
    defaults = DecoderWorker.__init__.__kwdefaults__
    assert defaults is not None
    defaults["seconds"] = PATIENCE


def printer() -> None:
    driver.QUERY_SECONDS = 2.0
