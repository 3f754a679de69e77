"""Give the decoders of these tests more time."""

from tests.emulated import patience

patience.decoder()
