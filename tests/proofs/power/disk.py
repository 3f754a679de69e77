"""The visit player's simulated disk, under the name that the proofs use."""

from kiosk.wiring.power_cut_disk import (
    PAGE,
    SECTOR,
    Image,
    Mode,
    Name,
    Operation,
    Pending,
    Platter,
    Recording,
    RemoveName,
    Rename,
    Sync,
    SyncFailed,
    SyncNames,
    Truncate,
    Write,
)

__all__ = [
    "PAGE",
    "SECTOR",
    "Image",
    "Mode",
    "Name",
    "Operation",
    "Pending",
    "Platter",
    "Recording",
    "RemoveName",
    "Rename",
    "Sync",
    "SyncFailed",
    "SyncNames",
    "Truncate",
    "Write",
]
