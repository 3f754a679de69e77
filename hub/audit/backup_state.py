"""Describe the state of the hub's backups for staff: the newest one, and the remedy if it is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hub.core import backup_files
from hub.core.pages import formatting
from hub.core.pages.task import Task, Urgency

LONGEST = timedelta(hours=36)
"""Age of a missing backup: kiosk-hub-backup.timer makes one each night, at a random minute."""


@dataclass(frozen=True, slots=True)
class BackupState:
    """State of the newest backup, as display text."""

    missing: bool
    last: str
    """Day and time of the newest backup, or "never"."""
    remedy: str
    """Command that makes the next backup; empty if none is missing."""


def state(now: datetime) -> BackupState:
    """Return the state of this hub's backups."""
    directory = Path(settings.STATE)
    at = backup_files.read(directory)
    missing = at is None or now - at > LONGEST
    return BackupState(
        missing=missing,
        last=formatting.date_and_time(at) if at else pgettext("backup", "never"),
        remedy=_remedy(bool(backup_files.public_key(directory))) if missing else "",
    )


def _remedy(has_key: bool) -> str:
    if has_key:
        return _("Make a backup now. On the hub, run {command}").format(command="systemctl start kiosk-hub-backup")
    words = _("There is no backup key. On the hub, run {command}")
    return words.format(command="kiosk-hub backup-key KEY")


def missing_backup(_user: Any, now: datetime) -> Task:
    """Return the missing-backup task: its count is 1 if the newest backup is too old or absent, else 0."""
    found = state(now)
    note = _("Last backup: {when}. {remedy}").format(when=found.last, remedy=found.remedy) if found.missing else ""
    words, verb = _("Missing backup"), _("See backups")
    return Task(words, verb, "audit:overview", int(found.missing), note, Urgency.LATE, query="#backup")
