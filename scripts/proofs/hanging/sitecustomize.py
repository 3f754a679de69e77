"""Lets a proof hang the main thread of a kiosk by SIGUSR1, while its other threads go on."""

import signal
import time


def _hang(number: int, frame: object) -> None:
    while True:
        time.sleep(1)


signal.signal(signal.SIGUSR1, _hang)
