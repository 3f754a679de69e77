"""Give a kiosk remote tasks (send the log or a screenshot, restart), and keep the results."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime, timedelta

import uuid6

from hub.circulation.models import Kiosk
from hub.fleet.models import RemoteTask
from lending.wire import fleet

GOOD_FOR = timedelta(minutes=10)
"""Time in which the kiosk must have fetched a task; a kiosk that was away does not restart hours later."""
KEPT = timedelta(days=7)
"""Time after which the log or screenshot of a task is deleted."""
NOTED = timedelta(days=400)
"""Time after which the task itself is deleted, with who asked for it."""


def ask(kiosk: Kiosk, kind: RemoteTask.Kind, by: str, now: datetime) -> RemoteTask:
    """Ask the kiosk. A task of the same kind that still waits is returned instead of a second one."""
    waiting = RemoteTask.objects.filter(kiosk=kiosk, kind=kind, answered_at=None, until__gt=now).first()
    if waiting is not None:
        return waiting
    made: RemoteTask = RemoteTask.objects.create(
        id=uuid6.uuid7(), kiosk=kiosk, kind=kind, asked_by=by, asked_at=now, until=now + GOOD_FOR
    )
    return made


def tasks_to_send(kiosk: Kiosk, now: datetime) -> Sequence[fleet.RemoteTask]:
    """Return what the kiosk has not answered, oldest first."""
    rows = RemoteTask.objects.filter(kiosk=kiosk, answered_at=None, until__gt=now).order_by("asked_at")
    return [fleet.RemoteTask(id=str(each.pk), kind=each.kind, until=each.until) for each in rows[: fleet.MOST_TASKS]]


def take(kiosk: Kiosk, task: str, result: fleet.TaskResult, now: datetime) -> bool:
    """Store the kiosk's first answer; return False if it was not asked, or the screenshot is no PNG."""
    try:
        screenshot = base64.b64decode(result.screenshot, validate=True)
    except binascii.Error:
        return False
    if screenshot and not screenshot.startswith(b"\x89PNG\r\n\x1a\n"):
        return False
    mine = RemoteTask.objects.filter(pk=task, kiosk=kiosk)
    mine.filter(answered_at=None).update(answered_at=now, outcome=result.outcome, log=result.log, screenshot=screenshot)
    return mine.exists()


def delete_old(now: datetime) -> int:
    """Delete logs, screenshots and tasks after their time; return the number of tasks that lost their result."""
    RemoteTask.objects.filter(asked_at__lt=now - NOTED).delete()
    old = RemoteTask.objects.filter(asked_at__lt=now - KEPT).exclude(log="", screenshot=b"")
    return int(old.update(log="", screenshot=b""))
