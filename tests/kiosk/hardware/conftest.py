"""Gives every decoder of these tests time."""

from tests.emulated import patient

patient.decoder()
