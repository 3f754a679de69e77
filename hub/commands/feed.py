"""Define the command that imports the events of a third-party ILS; it loads Django when it runs."""

from __future__ import annotations

import argparse
import sys
from itertools import islice
from pathlib import Path

from hub.core.django_setup import CannotDo, set_up_with_tables

Commands = argparse._SubParsersAction
BATCH = 500


def add_feed(commands: Commands[argparse.ArgumentParser]) -> None:
    feed = commands.add_parser(
        "feed", help="import events of an external ILS (format: docs/feed.md); repeating is safe"
    )
    feed.add_argument("file", type=Path, metavar="FILE.jsonl")
    feed.add_argument("--yes", action="store_true", help="write the changes; without this, only report them")
    feed.set_defaults(run=_feed)


def _feed(options: argparse.Namespace) -> int:
    set_up_with_tables()
    from hub.circulation.models import CirculationEvent
    from hub.outreach import feed
    from hub.outreach.library_system.events import RejectedLine, read

    if CirculationEvent.objects.exists():
        raise CannotDo("this hub keeps the loans itself; a second event feed would mix the numbers")
    bad, new, known, last = 0, 0, 0, feed.last()
    with options.file.open("rb") as file:
        for found in read(file):
            if isinstance(found, RejectedLine):
                print(f"line {found.line}: {found.fault}", file=sys.stderr)
                bad += 1
            elif found.number <= last:
                known += 1
            else:
                new += 1
    if bad:
        print(f"{bad} bad rows: nothing was imported, because events must be imported in order")
        return 1
    if options.yes:
        with options.file.open("rb") as file:
            events = (each for each in read(file) if not isinstance(each, RejectedLine))
            while batch := list(islice(events, BATCH)):
                feed.take(batch)
    would = "imported" if options.yes else "would be imported"
    print(
        f"{new} {would}, {known} already known" + ("" if options.yes else "; nothing was written, add --yes to write")
    )
    return 0
