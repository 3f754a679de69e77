"""Define `kiosk-hub bench NAME`, which measures parts of the hub; each is loaded when it runs."""

from __future__ import annotations

import argparse
from pathlib import Path

Commands = argparse._SubParsersAction


def add_benches(commands: Commands[argparse.ArgumentParser]) -> None:
    bench = commands.add_parser("bench", help="measure a part of the hub against its bars")
    parts = bench.add_subparsers(required=True, metavar="PART")
    habit = parts.add_parser("habit", help="the forecast of loan lengths, on simulated loans")
    habit.add_argument("--seed", type=int, default=1, help="default: 1")
    habit.set_defaults(run=_habit)
    recommender = parts.add_parser("recommender", help="recommendations against popularity and other recommenders")
    recommender.add_argument("loans", type=Path, help="CSV: patron,title_id")
    recommender.add_argument("titles", type=Path, nargs="?", help="CSV: title_id,title and author, year, subjects")
    recommender.set_defaults(run=_recommender)
    mail = parts.add_parser("mail", help="mails a second from the outbox to a mail server on loopback")
    mail.add_argument("--mails", type=int, default=2000, help="default: 2000")
    mail.set_defaults(run=_mail)
    search = parts.add_parser("search", help="the catalogue's search, on generated titles")
    search.add_argument("--titles", type=int, default=160_000, help="default: 160000")
    search.add_argument("--seed", type=int, default=1, help="default: 1")
    search.add_argument("--database", default="", metavar="URL", help="an empty PostgreSQL; default: SQLite of its own")
    search.set_defaults(run=_search)
    outreach = parts.add_parser("outreach", help="the nights, days and pages of a big library, on PostgreSQL")
    outreach.add_argument("--patrons", type=int, default=100_000, help="default: 100000")
    outreach.add_argument("--loans", type=int, default=5_000_000, help="default: 5000000")
    outreach.add_argument("--seed", type=int, default=1, help="default: 1")
    outreach.set_defaults(run=_outreach)


def _habit(options: argparse.Namespace) -> int:
    from hub.outreach.reminders.bench import run

    return run(options.seed)


def _recommender(options: argparse.Namespace) -> int:
    from hub.core.django_setup import set_up

    set_up()
    from hub.outreach.reading_profiles.bench import run

    return run(options.loans, options.titles)


def _search(options: argparse.Namespace) -> int:
    from hub.catalogue.search.bench import run

    return run(options.titles, options.seed, options.database)


def _mail(options: argparse.Namespace) -> int:
    from hub.outreach.delivery.bench import run

    return run(options.mails, _library)


def _outreach(options: argparse.Namespace) -> int:
    from hub.load_test.bench import run

    return run(options.patrons, options.loans, options.seed)


def _library() -> object:
    from hub.circulation.models import Library

    return Library.objects.create(name="湖滨图书馆", name_en="Lakeside Library")
