"""Puts the emulated camera under this kiosk: Python runs it first where it is on the path."""

from tests.emulated import patient, picamera2

picamera2.install()
patient.decoder()
