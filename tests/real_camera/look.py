"""Take pictures with our driver over the real picamera2 and libcamera's virtual camera; print JSON."""

from __future__ import annotations

import json
import sys
from typing import Any

from tests.real_camera.virtual import patch

OURS = ("FrameDurationLimits", "ExposureTime", "AfMode", "LensPosition")
"""Controls of a Camera Module 3 that the driver may set."""


def main(frames: int) -> None:
    patch()
    import libcamera
    from picamera2 import Picamera2

    from kiosk.config.hardware import Picamera2Scanner
    from kiosk.hardware import camera
    from kiosk.hardware.barcodes.decoder_cascade import Cascade
    from kiosk.hardware.barcodes.model import BarcodeHunt, Symbology

    sent: list[list[str]] = []
    setting = Picamera2.set_controls

    def set_and_record(self: Picamera2, controls: dict[str, Any]) -> None:
        sent.append(sorted(controls))
        setting(self, controls)

    Picamera2.set_controls = set_and_record
    choice, cascade = Picamera2Scanner(driver="picamera2"), Cascade()
    read: list[str] = []
    with camera.picamera2(choice) as driver:
        for _ in range(2):
            driver.start()
            for _ in range(frames):
                frame = driver.frame()
                read += [code.text for code in cascade.decode(frame, BarcodeHunt(frozenset(Symbology))).codes]
            driver.stop()
    known = dir(libcamera.controls)
    report = {
        "read": read,
        "size": (frame.width, frame.height, frame.stride),
        "sent": sent,
        "ours": sorted(camera.controls_for(choice, dict.fromkeys([*known, *OURS]))),
        "known": known,
        "manual": int(libcamera.controls.AfModeEnum.Manual),
        "left": len(Picamera2._cm.cameras),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main(int(sys.argv[1]))
