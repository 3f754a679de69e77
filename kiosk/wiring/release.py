"""Read the version of the installed program, and when it was installed."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from importlib.metadata import distribution

from kiosk.views import Release


def this_release() -> Release:
    """Return the release of this program. Its list of files (RECORD) is written last when it is installed."""
    found = distribution("library-kiosk")
    record = next((each for each in found.files or () if each.name == "RECORD"), None)
    try:
        written = os.stat(str(found.locate_file(record))).st_mtime if record else None
    except OSError:
        written = None
    return Release(found.version, datetime.fromtimestamp(written, UTC) if written else None)
