"""Define `kiosk-hub follow`, which a timer runs to follow a third-party ILS.

Django is loaded when the command runs.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from hub.core.django_setup import CannotDo, check_tables, set_up
from hub.core.state_directory import following

if TYPE_CHECKING:
    from hub.ils.imports.sources import Source
    from hub.ils.models import ImportRun

Commands = argparse._SubParsersAction


def add_follow(commands: Commands[argparse.ArgumentParser]) -> None:
    follow = commands.add_parser(
        "follow",
        help="read what has changed of the sources in sources.toml: the library's own system, which is followed",
    )
    follow.add_argument("--source", metavar="NAME", help="only this one, also where it has not changed")
    follow.add_argument(
        "--most-may-end", action="store_true", help="also where its full sheet would end more than a fifth"
    )
    follow.add_argument("--show", action="store_true", help="only tell how each was read the last time")
    follow.set_defaults(run=_follow)


def _follow(options: argparse.Namespace) -> int:
    set_up()
    check_tables()
    from django.conf import settings

    from hub.core.clock import hub_clock
    from hub.ils.imports import import_runner

    wanted = _wanted(options.source)
    if options.most_may_end and options.source is None:
        raise CannotDo("--most-may-end is said of one source: add --source NAME")
    if options.show:
        print("\n".join(map(_shown, wanted)) or "no source is named")
        return 0
    with following(settings.STATE):
        runs = import_runner.follow(
            wanted, hub_clock().now(), asked=options.source is not None, most_may_end=options.most_may_end
        )
        faults = [_print_run(run) for run in runs]
    return int(any(faults))


def _wanted(name: str | None) -> list[Source]:
    from hub.ils.imports.sources import BadSources, listed, path

    try:
        sources = listed()
    except BadSources as error:
        raise CannotDo(str(error)) from None
    found = [each for each in sources if name in (None, each.name)]
    if name and not found:
        names = ", ".join(each.name for each in sources) or "none yet"
        raise CannotDo(f"{path()} has no source {name}: there are {names}")
    return found


def _print_run(run: ImportRun) -> bool:
    """Print the run; return whether it failed."""
    print(_line(run), file=sys.stderr if run.fault else sys.stdout)
    return bool(run.fault)


def _line(run: ImportRun) -> str:
    if run.fault:
        return f"{run.source}: {run.fault}"
    return (
        f"{run.source}: {run.added} added, {run.updated} updated, {run.same} unchanged,"
        f" {run.over} ended, {run.bad} left for staff"
    )


def _shown(source: Source) -> str:
    from django.utils.timezone import localtime

    from hub.ils.imports import import_runner

    run = import_runner.last(source.name)
    return f"{source.name}: never imported" if run is None else f"{localtime(run.ended_at):%Y-%m-%d %H:%M} {_line(run)}"
