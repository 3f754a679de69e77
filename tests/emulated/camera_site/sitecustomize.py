"""Install the emulated camera in a kiosk process; Python runs this file first if it is on the path."""

from tests.emulated import patience, picamera2

picamera2.install()
patience.decoder()
