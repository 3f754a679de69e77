"""Define the command that imports the events of a third-party ILS; it loads Django when it runs."""

from __future__ import annotations

import argparse
import sys
from itertools import islice
from pathlib import Path

from hub.core.django_setup import CannotDo, check_tables, set_up

Commands = argparse._SubParsersAction
BATCH = 500


def add_feed(commands: Commands[argparse.ArgumentParser]) -> None:
    feed = commands.add_parser(
        "feed", help="take events of a library that keeps its own system, as docs/feed.md has them; twice is harmless"
    )
    feed.add_argument("file", type=Path, metavar="FILE.jsonl")
    feed.add_argument("--yes", action="store_true", help="do it; without this it only says what it would do")
    feed.set_defaults(run=_feed)


def _feed(options: argparse.Namespace) -> int:
    set_up()
    check_tables()
    from hub.circulation.models import CirculationEvent
    from hub.outreach import feed
    from hub.outreach.feed_reader import Bad, read

    if CirculationEvent.objects.exists():
        raise CannotDo("this hub keeps the loans itself and feeds outreach already: two feeds would mix their numbers")
    bad, new, known, last = 0, 0, 0, feed.last()
    with options.file.open("rb") as file:
        for found in read(file):
            if isinstance(found, Bad):
                print(f"line {found.line}: {found.fault}", file=sys.stderr)
                bad += 1
            elif found.number <= last:
                known += 1
            else:
                new += 1
    if bad:
        print(f"{bad} bad: nothing was taken, for what follows an event must not be taken before it")
        return 1
    if options.yes:
        with options.file.open("rb") as file:
            events = (each for each in read(file) if not isinstance(each, Bad))
            while batch := list(islice(events, BATCH)):
                feed.take(batch)
    would = "taken" if options.yes else "would be taken"
    print(f"{new} {would}, {known} known already" + ("" if options.yes else "; nothing was written, --yes does it"))
    return 0
