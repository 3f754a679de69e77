"""Give the decoders of these tests more time."""

from tests.emulated import patient

patient.decoder()
