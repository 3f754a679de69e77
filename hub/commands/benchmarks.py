"""Define `kiosk-hub bench NAME`, which measures parts of the hub; each is loaded when it runs."""

from __future__ import annotations

import argparse
from pathlib import Path

Commands = argparse._SubParsersAction


def add_benches(commands: Commands[argparse.ArgumentParser]) -> None:
    bench = commands.add_parser("bench", help="measure a part of the hub against its limits")
    parts = bench.add_subparsers(required=True, metavar="PART")
    habit = parts.add_parser("habit", help="loan duration forecast, on simulated loans")
    habit.add_argument("--seed", type=int, default=1, help="default: 1")
    habit.set_defaults(run=_habit)
    recommender = parts.add_parser(
        "recommender", help="recommendations compared with popularity and other recommenders"
    )
    recommender.add_argument("loans", type=Path, help="CSV: patron,title_id")
    recommender.add_argument("titles", type=Path, nargs="?", help="CSV: title_id,title and author, year, subjects")
    recommender.set_defaults(run=_recommender)
    mail = parts.add_parser("mail", help="emails per second from the outbox to a local mail server")
    mail.add_argument("--mails", type=int, default=2000, help="default: 2000")
    mail.set_defaults(run=_mail)
    search = parts.add_parser("search", help="catalogue search, on generated titles")
    search.add_argument("--titles", type=int, default=160_000, help="default: 160000")
    search.add_argument("--seed", type=int, default=1, help="default: 1")
    search.add_argument(
        "--database",
        default="",
        metavar="URL",
        help="URL of an empty PostgreSQL database; default: a temporary SQLite database",
    )
    search.set_defaults(run=_search)
    outreach = parts.add_parser("outreach", help="nightly jobs, daily load and pages of a large library, on PostgreSQL")
    outreach.add_argument("--patrons", type=int, default=100_000, help="default: 100000")
    outreach.add_argument("--loans", type=int, default=5_000_000, help="default: 5000000")
    outreach.add_argument("--seed", type=int, default=1, help="default: 1")
    outreach.set_defaults(run=_outreach)
    pages = parts.add_parser("pages", help="every staff page of a large library, on PostgreSQL, without its nights")
    pages.add_argument("--patrons", type=int, default=100_000, help="default: 100000")
    pages.add_argument("--loans", type=int, default=1_000_000, help="default: 1000000")
    pages.add_argument("--seed", type=int, default=1, help="default: 1")
    pages.set_defaults(run=_pages)
    database = parts.add_parser("database", help="run an empty PostgreSQL until the input ends, and print its URL")
    database.add_argument("folder", type=Path)
    database.set_defaults(run=_database)


def _habit(options: argparse.Namespace) -> int:
    from hub.outreach.recommendations.reminders.bench import run

    return run(options.seed)


def _recommender(options: argparse.Namespace) -> int:
    from hub.core.django_setup import set_up

    set_up()
    from hub.outreach.recommendations.reading_profiles.bench import run

    return run(options.loans, options.titles)


def _search(options: argparse.Namespace) -> int:
    from hub.catalogue.search.bench import run

    return run(options.titles, options.seed, options.database)


def _mail(options: argparse.Namespace) -> int:
    from hub.outreach.messaging.bench import run

    return run(options.mails, _library)


def _outreach(options: argparse.Namespace) -> int:
    from hub.load_test.bench import run

    return run(options.patrons, options.loans, options.seed)


def _pages(options: argparse.Namespace) -> int:
    from hub.load_test.bench import run_pages

    return run_pages(options.patrons, options.loans, options.seed)


def _database(options: argparse.Namespace) -> int:
    from hub.load_test import postgresql

    postgresql.serve(options.folder)
    return 0


def _library() -> object:
    from hub.circulation.models import Library

    return Library.objects.create(name="湖滨图书馆", name_en="Lakeside Library")
