"""Connect gpiozero's pins to a bench in another process; Python runs this file first if it is on the path."""

import os
import sys

sys.path.insert(0, os.environ["WIRES_ROOT"])

from gpiozero import Device

from tests.emulated.remote_gpio import FarFactory

Device.pin_factory = FarFactory(os.environ["WIRES"])
