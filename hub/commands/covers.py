"""Define `kiosk-hub covers`: how many titles have a cover, and what the providers answer for one ISBN."""

from __future__ import annotations

import argparse

from hub.core.django_setup import CannotDo, set_up_with_tables

Commands = argparse._SubParsersAction


def add_covers(commands: Commands[argparse.ArgumentParser]) -> None:
    covers = commands.add_parser("covers", help="show how many titles have a cover picture, or try the providers")
    covers.add_argument("--try", dest="isbn", metavar="ISBN", help="ask each provider for the cover of this book")
    covers.set_defaults(run=_covers)


def _covers(options: argparse.Namespace) -> int:
    set_up_with_tables()
    from hub.catalogue.covers.providers import BadCovers, load_providers

    try:
        providers = load_providers()
    except BadCovers as error:
        raise CannotDo(str(error)) from None
    if not providers:
        raise CannotDo("no provider is configured; write covers.toml as docs/catalogue.md shows")
    if options.isbn:
        return _try(options.isbn, providers)
    _status([each.name for each in providers])
    return 0


def _status(providers: list[str]) -> None:
    from django.db.models import Count

    from hub.catalogue.covers.drawn import hub_store
    from hub.catalogue.models import CoverSearch, Title
    from lending.cover_store import BUDGET

    titles = Title.objects.filter(isbns__isnull=False).distinct().count()
    counted = CoverSearch.objects.values_list("result").annotate(Count("pk")).order_by("result")
    stored = [each.size for each in hub_store().stored_covers()]
    print(f"providers: {', '.join(providers)}")
    print(f"titles with an ISBN: {titles:,}; searched: {CoverSearch.objects.count():,}")
    for result, count in counted:
        print(f"  {result}: {count:,}")
    print(f"pictures: {len(stored):,}, {sum(stored) / 1e6:.1f} of {BUDGET / 1e6:.0f} MB")


def _try(number: str, providers: list) -> int:
    from stdnum import isbn
    from stdnum.exceptions import ValidationError

    from hub.catalogue.covers import cover_search
    from hub.catalogue.covers.picture import UnusablePicture, encode_cover
    from hub.catalogue.covers.providers import ProviderUnavailable

    try:
        wanted = isbn.validate(isbn.to_isbn13(number))
    except ValidationError:
        raise CannotDo(f"{number} is not an ISBN") from None
    probe, code = cover_search.the_probe(), 1
    for each in providers:
        try:
            data = each.find(wanted, probe)
            if data is None:
                print(f"{each.name}: no cover")
            else:
                print(f"{each.name}: a cover, stored in {len(encode_cover(data)):,} bytes")
                code = 0
        except (ProviderUnavailable, UnusablePicture) as fault:
            print(f"{each.name}: {fault}")
    return code
