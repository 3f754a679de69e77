"""The visit player's disk, under the name by which the proofs know it."""

from kiosk.journal.power_cut_disk import (
    PAGE,
    SECTOR,
    Image,
    Mode,
    Name,
    Operation,
    Pending,
    Platter,
    Recording,
    Rename,
    Shorten,
    Sync,
    SyncFailed,
    SyncNames,
    Unname,
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
    "Rename",
    "Shorten",
    "Sync",
    "SyncFailed",
    "SyncNames",
    "Unname",
    "Write",
]
