"""Import the sources that are due, one after another, each completely or not at all."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from hub.catalogue.oai import HarvestFailed
from hub.circulation.domain_mapping import NoLibrary
from hub.csv_sheets.csv_reader import BadSheet, EndsTooMuch
from hub.ils.imports import conflict_retry, conflicts, source_readers
from hub.ils.imports.source_readers import Sheet
from hub.ils.imports.sources import Source
from hub.ils.models import ImportRun

log = logging.getLogger(__name__)

LIES = 60.0
"""Seconds since the last change of a file before it is read, because the ILS may still be writing it."""
KEPT = 100
"""Runs kept per source."""


def follow(sources: Iterable[Source], now: datetime, *, asked: bool, most_may_end: bool) -> Iterator[ImportRun]:
    """Yield each run as it ends; then import conflicting rows again."""
    for source in sources:
        run = take(source, now, asked=asked, most_may_end=most_may_end)
        if run is not None:
            yield run
    conflict_retry.try_again(now)
    conflicts.let_go(now)


def last(source: str) -> ImportRun | None:
    return ImportRun.objects.filter(source=source).first()


def never() -> bool:
    return not ImportRun.objects.exists()


def failing() -> QuerySet[ImportRun]:
    """Return the last run of each source that failed and was not allowed since."""
    newest = ImportRun.objects.filter(source=OuterRef("source")).order_by("-ended_at", "-id").values("pk")[:1]
    return ImportRun.objects.filter(pk=Subquery(newest), allowed_by="").exclude(fault="")


def take(source: Source, now: datetime, *, asked: bool = False, most_may_end: bool = False) -> ImportRun | None:
    """Import a source if it is due; return the run, also of a failure, or None.

    With `asked`, an unchanged source is imported too.
    """
    before = last(source.name)
    run = ImportRun(source=source.name, reads=source.reads, full=source.full, ended_at=now)
    if source.file is None:
        due = asked or before is None or bool(before.fault) or before.ended_at + source.span <= now
        return _harvest(source, run) if due else None
    try:
        sheet = Sheet.from_file(source.file)
    except OSError as error:
        why = f"{source.file}: {error.strerror}; check that the ILS writes it and that this user may read it"
        return _record_failure(run, why, ImportRun.Why.FILE)
    run.mark, run.written_at = sheet.mark, sheet.written_at
    known = before is not None and before.mark == run.mark
    agreed = known and before is not None and bool(before.allowed_by)
    if not asked and ((known and not agreed) or time.time() - sheet.written_at.timestamp() < LIES):
        return None
    with TemporaryDirectory() as folder:
        file = source_readers.File(source, sheet, Path(folder))
        allowed = most_may_end or agreed
        return _whole(run, lambda: file.take(run, allowed), lambda: file.ask(allowed))


def _harvest(source: Source, run: ImportRun) -> ImportRun:
    with TemporaryFile() as file:
        records = source_readers.Records(source, file)
        return _whole(run, lambda: records.take(run), records.ask, records.remember)


def _nothing() -> None:
    pass


def _whole(
    run: ImportRun,
    read: Callable[[], None],
    ask: Callable[[], None] = _nothing,
    remember: Callable[[], None] = _nothing,
) -> ImportRun:
    """Import completely or not at all, and store the run in either case.

    Other processes can write during `ask`.
    """
    try:
        ask()
        with transaction.atomic():
            read()
            run.save()
        remember()
    except EndsTooMuch as error:
        return _record_failure(run, str(error), ImportRun.Why.TOO_MUCH)
    except BadSheet as error:
        return _record_failure(run, str(error), ImportRun.Why.FORM)
    except HarvestFailed as error:
        return _record_failure(run, str(error), ImportRun.Why.CATALOGUE)
    except NoLibrary as error:
        return _again(run, str(error), ImportRun.Why.LIBRARY)
    except Exception as error:  # the supervisor of the sources: one failure must not stop the others
        log.exception("the source %s could not be read", run.source)
        return _again(run, f"hub error: {type(error).__name__}", ImportRun.Why.HUB)
    return _prune(run)


def _again(run: ImportRun, fault: str, why: ImportRun.Why) -> ImportRun:
    """Record a failure of the hub: the file counts as unread, and the next run reads it."""
    run.mark = ""
    return _record_failure(run, fault, why)


def _record_failure(run: ImportRun, fault: str, why: ImportRun.Why) -> ImportRun:
    """Store the failed run, replacing a previous one with the same fault.

    A lasting fault then adds no rows.
    """
    before = last(run.source)
    if before is not None and (before.fault, before.mark) == (fault[:500], run.mark):
        before.delete()
    failed = ImportRun(source=run.source, reads=run.reads, full=run.full, mark=run.mark, written_at=run.written_at)
    failed.ended_at, failed.fault, failed.why = run.ended_at, fault[:500], why
    failed.too_much = why == ImportRun.Why.TOO_MUCH
    failed.save()
    return _prune(failed)


def _prune(run: ImportRun) -> ImportRun:
    of = ImportRun.objects.filter(source=run.source)
    of.exclude(pk__in=list(of.values_list("pk", flat=True)[:KEPT])).delete()
    return run
