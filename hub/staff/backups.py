"""Describe the hub's backups for staff: when the last one was made, and what mends it if one is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hub.backups import age_encryption, last_backup
from hub.staff import formatting
from hub.staff.task import Task, Urgency

LONGEST = timedelta(hours=36)
"""Age from which a backup is missing: kiosk-hub-backup.timer makes one a night, at a random minute."""


@dataclass(frozen=True, slots=True)
class BackupState:
    """The newest backup, in words."""

    missing: bool
    last: str
    """A day and time, or "never"."""
    remedy: str
    """The command that makes the next backup; empty if none is missing."""


def state(now: datetime) -> BackupState:
    """Return how the backups of this hub are."""
    directory = Path(settings.STATE)
    at = last_backup.read(directory)
    missing = at is None or now - at > LONGEST
    return BackupState(
        missing=missing,
        last=formatting.when(at) if at else pgettext("backup", "never"),
        remedy=_remedy(bool(age_encryption.public_key(directory))) if missing else "",
    )


def _remedy(has_key: bool) -> str:
    if has_key:
        return _("Make one now. On the hub, run {command}").format(command="systemctl start kiosk-hub-backup")
    words = _("There is no backup key. On the hub, run {command}")
    return words.format(command="kiosk-hub backup-key KEY")


def missing_backup(_user: Any, now: datetime) -> Task:
    """Return the task of a hub whose newest backup is too old, or that has none."""
    found = state(now)
    note = _("Last backup: {when}. {remedy}").format(when=found.last, remedy=found.remedy) if found.missing else ""
    words, verb = _("Missing backup"), _("See backups")
    return Task(words, verb, "audit:overview", int(found.missing), note, Urgency.LATE, query="#backup")
