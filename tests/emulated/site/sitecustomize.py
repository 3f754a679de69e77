"""Install a bench's emulated hardware in a kiosk process; Python runs this file first if it is on the path.

The kiosk's decoder is handed its frames and has no hardware.
"""

import os
import sys

if "kiosk.hardware.barcodes.worker" not in sys.orig_argv:
    sys.path.insert(0, os.environ["WIRES_ROOT"])

    from gpiozero import Device

    from tests.emulated import patience, picamera2, remote_reader
    from tests.emulated.remote_gpio import FarFactory

    remote_reader.install(os.environ[remote_reader.READER])
    picamera2.install()
    Device.pin_factory = FarFactory(os.environ["WIRES"])
    patience.decoder()
    patience.printer()
