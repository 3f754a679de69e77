"""Puts the emulated camera under this kiosk: Python runs it first where it is on the path."""

from tests.emulated import patience, picamera2

picamera2.install()
patience.decoder()
