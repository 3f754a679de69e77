"""Combine the decoder with the library's number rules: frames in, facts out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kiosk.config import Config
from kiosk.hardware.barcodes.acceptance import Acceptance
from kiosk.hardware.barcodes.decoder import START_SECONDS, DecoderWorker
from kiosk.hardware.barcodes.model import BarcodeReader, Decoder, Frame, Sight
from kiosk.hardware.barcodes.rules import Rules, rules_of
from lending.number_patterns import NumberKind


class FilteredBarcodeReader:
    """BarcodeReader that ignores frames the decoder missed."""

    def __init__(self, decoder: Decoder, rules: Rules) -> None:
        self._decoder = decoder
        self._acceptance = Acceptance(rules)

    def look(self, at: float, frame: Frame, wanted: frozenset[NumberKind]) -> Sight:
        """Decode and evaluate one frame. Raises PartFault `no_decoder` if no decoder can be started."""
        reading = self._decoder.decode(frame, self._acceptance.hunt(wanted))
        return Sight(was_skipped=True) if reading is None else self._acceptance.see(at, reading, wanted)


@contextmanager
def open_eye(config: Config) -> Iterator[BarcodeReader]:
    """Open a reader that is ready to decode.

    It belongs to one thread: the decoder's process ends with that thread.
    """
    with DecoderWorker() as decoder:
        decoder.ready(START_SECONDS)
        yield FilteredBarcodeReader(decoder, rules_of(config.numbers, config.barcodes))
