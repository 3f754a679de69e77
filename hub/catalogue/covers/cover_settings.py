"""Read the providers of covers from covers.toml in the state directory."""

import tomllib
from pathlib import Path
from typing import Annotated

from django.conf import settings
from pydantic import Field, TypeAdapter, ValidationError

from hub.catalogue.covers.providers.folder import Folder
from hub.catalogue.covers.providers.google_books import GoogleBooks
from hub.catalogue.covers.providers.open_library import OpenLibrary
from hub.catalogue.covers.providers.provider import CoverProvider
from hub.catalogue.covers.providers.url_template import UrlTemplate

FILE = "covers.toml"
Provider = Annotated[Folder | GoogleBooks | OpenLibrary | UrlTemplate, Field(discriminator="kind")]


class BadCovers(ValueError):
    """The file cannot be used. `args[0]` names the file, the place in it and what would be valid."""


def load_providers() -> list[CoverProvider]:
    """Return the providers in the order in which they are asked; none if there is no file.

    Raises:
        BadCovers: The file cannot be used.
    """
    where = Path(settings.STATE) / FILE
    try:
        content = tomllib.loads(where.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadCovers(f"{where}: {error}") from None
    if strange := sorted(set(content) - {"provider"}):
        raise BadCovers(f"{where}: {strange[0]} is unknown; only [[provider]] is allowed")
    entries = content.get("provider", [])
    if not isinstance(entries, list):
        raise BadCovers(f"{where}: write each provider as [[provider]], in double brackets")
    found = [_provider(where, number, each) for number, each in enumerate(entries, 1)]
    names = [each.name for each in found]
    if twice := sorted({each for each in names if names.count(each) > 1}):
        raise BadCovers(f"{where}: two providers are named {twice[0]}; give each a name of its own")
    return found


def _provider(where: Path, number: int, entry: object) -> CoverProvider:
    try:
        found: CoverProvider = TypeAdapter(Provider).validate_python(entry)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(each) for each in first["loc"][1:])
        why = first["msg"].removeprefix("Value error, ")
        raise BadCovers(f"{where}, provider {number}{f', {place}' if place else ''}: {why}") from None
    return found
