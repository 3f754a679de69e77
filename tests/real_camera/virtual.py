"""Make the real picamera2 work with libcamera's virtual camera, by four patches.

The virtual camera of libcamera 0.4 has no sensor, so these patches answer picamera2's sensor queries.
"""

from __future__ import annotations

import sys
from typing import Any
from unittest.mock import MagicMock


def patch() -> None:
    """Apply the patches; call this before any other import of picamera2."""
    _stand_ins()
    import picamera2.picamera2 as library
    from picamera2 import Picamera2
    from picamera2.allocators import LibcameraAllocator
    from picamera2.request import Helpers

    def raw_modes(self: Any) -> list[dict[str, Any]]:
        """Return the requested mode, because the virtual camera has no raw stream."""
        return [{"format": "SRGGB10", "size": (1536, 864)}]

    configuring = Picamera2.configure_

    def configure_with_its_own_buffers(self: Any, configuration: Any) -> Any:
        """Use the camera's buffers, because there is no DMA heap."""
        self.allocator = LibcameraAllocator(self.camera)
        return configuring(self, configuration)

    make_array_shared = Helpers._make_array_shared

    def make_array_trimmed(self: Any, buffer: Any, config: dict[str, Any]) -> Any:
        """Trim the buffer, which is longer than its frame."""
        return make_array_shared(self, buffer[: config["framesize"]], config)

    Picamera2._get_raw_modes = raw_modes
    library.DmaAllocator = lambda: LibcameraAllocator(None)
    Picamera2.configure_ = configure_with_its_own_buffers
    Helpers._make_array_shared = make_array_trimmed
    library.libcamera.FrameMetadata.Status.Success = _Any()


class _Any:
    """Equal to every status: the virtual camera leaves it unset."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


def _stand_ins() -> None:
    """Provide substitutes for unused imports of picamera2: DRM previews, raw files, ffmpeg."""
    for name in ("kms", "pykms", "pidng", "pidng.camdefs", "pidng.core", "prctl"):
        sys.modules.setdefault(name, MagicMock())
