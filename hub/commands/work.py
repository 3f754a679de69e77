"""Define the commands for background jobs: `work` every minute, `nightly` every night."""

from __future__ import annotations

import argparse
import logging
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from hub.core.django_setup import set_up_with_tables

Commands = argparse._SubParsersAction
Job = tuple[str, Callable[[datetime], object]]
PAUSE = 60.0
LOG = logging.getLogger(__name__)


def add_working(commands: Commands[argparse.ArgumentParser]) -> None:
    work = commands.add_parser(
        "work", help="run due jobs and send due messages every minute", description="Run until stopped."
    )
    work.add_argument("--once", action="store_true", help="run once and exit (for a timer)")
    work.set_defaults(run=_work)
    commands.add_parser("nightly", help="run the nightly jobs").set_defaults(run=_nightly)


def _work(options: argparse.Namespace) -> int:
    set_up_with_tables()
    from hub.outreach.jobs import EVERY_MINUTE

    jobs = (("uploads", _uploads), ("carry", _carry), *EVERY_MINUTE, ("covers", _covers))
    if options.once:
        return run(with_progress(jobs))
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    while not stopped.is_set():
        run(with_progress(jobs))
        stopped.wait(PAUSE)
    return 0


def _nightly(options: argparse.Namespace) -> int:
    set_up_with_tables()
    from hub.outreach.jobs import NIGHTLY

    after = (
        ("suspended holds", _holds),
        ("fees", _fees),
        ("closed loans", _anonymise),
        ("recommendations for kiosks", _picks),
        ("audit", _anchor),
        ("links", _links),
        ("reports", _reports),
        ("cover files", _cover_files),
        ("answers of kiosks", _remote_tasks),
    )
    return run(with_progress((("carry", _carry), *NIGHTLY, *after)))


def run(jobs: Iterable[Job]) -> int:
    """Run every job and return the exit code. A failed job is logged and does not stop the others."""
    from hub.core.clock import hub_clock

    code = 0
    for name, job in jobs:
        try:
            job(hub_clock().now())
        except Exception:  # the supervisor of the jobs: one failure must not stop the jobs after it
            LOG.exception("the job %s failed", name)
            code = 1
    return code


def with_progress(jobs: Sequence[Job]) -> Iterator[Job]:
    """Yield the jobs, and show which one is running."""
    from hub.core.progress import progress

    with progress("work", "jobs", len(jobs)) as bar:
        for name, job in jobs:
            bar.set_description(name, refresh=False)
            yield name, job
            bar.update()


def _picks(now: datetime) -> object:
    from hub.ils.bridge import card_data

    return card_data.carry(now)


def _fees(now: datetime) -> int:
    from hub.circulation.operations import fines

    return fines.charge_by_rules(now)


def _holds(now: datetime) -> int:
    from hub.circulation.operations import hold_changes

    return hold_changes.resume_due(now)


def _remote_tasks(now: datetime) -> int:
    from hub.fleet import remote_tasks

    return remote_tasks.delete_old(now)


def _anonymise(now: datetime) -> int:
    from hub.circulation import anonymisation
    from hub.outreach import feed

    return anonymisation.anonymise_loans(now) + anonymisation.anonymise_traces(now, feed.last())


def _anchor(now: datetime) -> None:
    from hub.audit import access_log

    access_log.anchor(now)


def _links(now: datetime) -> None:
    from hub.catalogue.online_editions import link_checker

    link_checker.nightly(now)


def _reports(now: datetime) -> int:
    from hub.staff import report_mail

    return report_mail.send_due(now)


def _uploads(now: datetime) -> int:
    from hub.staff.uploads import worker

    return worker.every_minute(now)


def _covers(now: datetime) -> int:
    from hub.catalogue.covers import cover_search

    return cover_search.every_minute(now)


def _cover_files(now: datetime) -> int:
    from hub.catalogue.covers import cover_search

    return cover_search.nightly(now)


def _carry(_now: datetime) -> object:
    from hub.core.progress import progress
    from hub.ils.bridge.feed_relay import carry, waiting

    with progress("carry", "events", waiting()) as bar:
        return carry(bar.update)
