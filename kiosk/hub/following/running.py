"""Reads the sources that are due, one after another, each whole or not at all; decides no conflict."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from kiosk.hub.catalogue.oai import HarvestFailed
from kiosk.hub.circulation.facts import NoLibrary
from kiosk.hub.following import again, conflicts, reading
from kiosk.hub.following.models import Run
from kiosk.hub.following.reading import Sheet
from kiosk.hub.following.sources import Source
from kiosk.hub.full_sheets import EndsTooMuch
from kiosk.hub.sheets import BadSheet

log = logging.getLogger(__name__)

LIES = 60.0
"""Seconds for which a file must have lain there: the system may still be writing it."""
KEPT = 100
"""Runs of a source that are kept."""


def follow(sources: Iterable[Source], now: datetime, *, asked: bool, most_may_end: bool) -> Iterator[Run]:
    """What was read, as it comes; then what waited for it is read again."""
    for source in sources:
        run = take(source, now, asked=asked, most_may_end=most_may_end)
        if run is not None:
            yield run
    again.try_again(now)
    conflicts.let_go(now)


def last(source: str) -> Run | None:
    found: Run | None = Run.objects.filter(source=source).first()
    return found


def never() -> bool:
    return not Run.objects.exists()


def failing() -> QuerySet[Run]:
    """The last run of each source that could not be read then, and was not allowed since."""
    newest = Run.objects.filter(source=OuterRef("source")).order_by("-ended_at", "-id").values("pk")[:1]
    return Run.objects.filter(pk=Subquery(newest), allowed_by="").exclude(fault="")


def take(source: Source, now: datetime, *, asked: bool = False, most_may_end: bool = False) -> Run | None:
    """None where nothing is due; what fails is told in the run. `asked` reads it though nothing has changed."""
    before = last(source.name)
    run = Run(source=source.name, reads=source.reads, full=source.full, ended_at=now)
    if source.file is None:
        due = asked or before is None or bool(before.fault) or before.ended_at + source.span <= now
        return _harvested(source, run) if due else None
    try:
        sheet = Sheet.of(source.file)
    except OSError as error:
        why = f"{source.file}: {error.strerror}: does the library's system write it, and may this user read it?"
        return _failed(run, why, Run.Why.FILE)
    run.mark, run.written_at = sheet.mark, sheet.written_at
    known = before is not None and before.mark == run.mark
    agreed = known and before is not None and bool(before.allowed_by)
    if not asked and ((known and not agreed) or time.time() - sheet.written_at.timestamp() < LIES):
        return None
    with TemporaryDirectory() as folder:
        file = reading.File(source, sheet, Path(folder))
        allowed = most_may_end or agreed
        return _whole(run, lambda: file.take(run, allowed), lambda: file.ask(allowed))


def _harvested(source: Source, run: Run) -> Run:
    with TemporaryFile() as file:
        records = reading.Records(source, file)
        return _whole(run, lambda: records.take(run), records.ask, records.remember)


def _nothing() -> None:
    pass


def _whole(
    run: Run, read: Callable[[], None], ask: Callable[[], None] = _nothing, remember: Callable[[], None] = _nothing
) -> Run:
    """All of it or nothing, and the run in either case. While it is asked for, others write."""
    try:
        ask()
        with transaction.atomic():
            read()
            run.save()
        remember()
    except EndsTooMuch as error:
        return _failed(run, str(error), Run.Why.TOO_MUCH)
    except BadSheet as error:
        return _failed(run, str(error), Run.Why.FORM)
    except HarvestFailed as error:
        return _failed(run, str(error), Run.Why.CATALOGUE)
    except NoLibrary as error:
        return _again(run, str(error), Run.Why.LIBRARY)
    except Exception as error:  # the supervisor of the sources: what is wrong with one keeps no other away
        log.exception("the source %s could not be read", run.source)
        return _again(run, f"hub error: {type(error).__name__}", Run.Why.HUB)
    return _kept(run)


def _again(run: Run, fault: str, why: Run.Why) -> Run:
    """It was the hub's own fault: the file counts as not read, and the next run reads it."""
    run.mark = ""
    return _failed(run, fault, why)


def _failed(run: Run, fault: str, why: Run.Why) -> Run:
    """In the place of the last one where that failed alike: a fault that lasts fills no table."""
    before = last(run.source)
    if before is not None and (before.fault, before.mark) == (fault[:500], run.mark):
        before.delete()
    told = Run(source=run.source, reads=run.reads, full=run.full, mark=run.mark, written_at=run.written_at)
    told.ended_at, told.fault, told.why = run.ended_at, fault[:500], why
    told.too_much = why == Run.Why.TOO_MUCH
    told.save()
    return _kept(told)


def _kept(run: Run) -> Run:
    of = Run.objects.filter(source=run.source)
    of.exclude(pk__in=list(of.values_list("pk", flat=True)[:KEPT])).delete()
    return run
