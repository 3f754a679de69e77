"""Run the imports that staff have started, and delete uploaded files after a day. Called every minute."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from types import SimpleNamespace

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from simple_history.models import HistoricalRecords

from hub.core.clock import hub_clock
from hub.core.state_directory import Follows, following
from hub.csv_sheets.csv_reader import BadSheet
from hub.ils.models import FileImport
from hub.staff.uploads import files
from hub.staff.uploads.dry_run import ImportResult, NoRows, TooManyRows, run_import
from hub.staff.uploads.undo import write_means

LOG = logging.getLogger(__name__)
NOTED_EVERY_S = 0.5
"""Seconds between two notes of the progress."""


def every_minute(now: datetime) -> int:
    """Run every started import, oldest first; return their number. Another import in progress postpones them."""
    _delete_old(now)
    waiting = FileImport.objects.filter(state__in=(FileImport.State.QUEUED, FileImport.State.RUNNING))
    if not waiting.exists():
        return 0
    try:
        with following(settings.STATE):
            # With the lock held, a running import is one that a stop of the hub has interrupted.
            for interrupted in waiting.filter(state=FileImport.State.RUNNING):
                _end(interrupted, str(FileImport.State.FAILED))
            started = list(waiting.filter(state=FileImport.State.QUEUED).order_by("queued_at", "pk"))
            for each in started:
                _run(each)
    except Follows:
        return 0
    return len(started)


def _run(found: FileImport) -> None:
    found.state = FileImport.State.RUNNING
    FileImport.objects.filter(pk=found.pk).update(state=found.state)
    try:
        if found.kind == files.TITLES:
            _write(found)  # committed batch by batch
        else:
            with transaction.atomic():
                _write(found)
        _delete_used(found)
    except (BadSheet, NoRows, TooManyRows, OSError) as error:
        LOG.error("file import %d failed: %s", found.pk, type(error).__name__)
        _end(found, str(FileImport.State.FAILED))
    except Exception as error:  # noqa: BLE001 The next import must still run.
        # Only the class and the stack: the message of a database's error can contain a patron's number.
        frames = "".join(traceback.format_tb(error.__traceback__))
        LOG.error("file import %d failed: %s\n%s", found.pk, type(error).__name__, frames)
        _end(found, str(FileImport.State.FAILED))


def _write(found: FileImport) -> None:
    noted, done = time.monotonic(), 0

    def step() -> None:
        nonlocal noted, done
        done += 1
        if time.monotonic() - noted > NOTED_EVERY_S:
            noted = time.monotonic()
            (files.folder(found.pk) / files.PROGRESS).write_text(str(done))

    with _acting(found.user):
        result = run_import(found.kind, files.folder(found.pk) / files.file_name(found.kind), really=True, step=step)
    _note(found, result)
    write_means(found, result)
    _end(found, str(FileImport.State.DONE))


def _note(found: FileImport, result: ImportResult) -> None:
    for name in ("added", "updated", "same", "bad"):
        setattr(found, name, result.counts[name])


def _end(found: FileImport, state: str) -> None:
    found.state, found.ended_at = state, hub_clock().now()
    found._history_user = found.user
    found.save()


def _delete_used(found: FileImport) -> None:
    """Delete what is not needed after an import. The refused rows stay, for their correction."""
    for name in (
        files.file_name(found.kind),
        files.PROGRESS,
        *([files.PLAN] if found.kind == files.PATRONS else []),
    ):
        files.delete_file(found.pk, name)


@contextmanager
def _acting(user: AbstractBaseUser | None) -> Iterator[None]:
    """Let field history name the member of staff who started the import."""
    if user is None:
        yield
        return
    HistoricalRecords.context.request = SimpleNamespace(user=user)
    try:
        yield
    finally:
        del HistoricalRecords.context.request


def _delete_old(now: datetime) -> None:
    """Delete the folders of a day ago, and what was never imported."""
    there = files.folders()  # Before the query: a file that is uploaded meanwhile is in neither.
    kept = FileImport.objects.filter(uploaded_at__gt=now - files.KEPT).exclude(state=FileImport.State.UNDONE)
    files.delete_others(there, set(kept.values_list("pk", flat=True)))
    old = FileImport.objects.filter(uploaded_at__lte=now - files.KEPT)
    old.filter(state=FileImport.State.CHECKED).delete()
    old.filter(state=FileImport.State.QUEUED).update(state=FileImport.State.FAILED, ended_at=now)
    old.filter(kind=files.PATRONS).exclude(name="").update(name="")
