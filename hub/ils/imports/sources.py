"""List the kinds of CSV sheets, and read the list of sources from sources.toml in the state directory."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, ValidationError, model_validator

from hub.catalogue.items_csv import ItemSheet
from hub.circulation.sheets.imports import FeeSheet, HoldSheet, LoanSheet
from hub.csv_sheets.sheet_import import CsvSheet
from hub.ils.imports.patron_sheet import FamilySheet
from hub.outreach.patrons.contacts_csv import ContactSheet

FILE = "sources.toml"
ORDER = ("titles", "items", "patrons", "holds", "loans")
"""Order of the imports: items belong to titles, and holds and loans refer to all of them."""


class BadSources(ValueError):
    """The file cannot be used. `args[0]` names the file, the place in it and what would be valid."""


class ImportSource(BaseModel):
    """A sheet, a file of records, or a catalogue by OAI-PMH.

    A `full` source is complete: records that it does not contain are closed. `every`, in hours, applies to a catalogue;
    a file is read when it has changed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
    reads: Literal["titles", "items", "patrons", "holds", "loans"]
    file: Path | None = None
    url: HttpUrl | None = None
    prefix: str = "marc21"
    within: Annotated[str, Field(alias="set")] = ""
    full: bool = False
    every: Annotated[int, Field(ge=1, le=24 * 31)] = 24

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.file is None) == (self.url is None):
            raise ValueError("needs either a file or a url")
        if self.url is not None and self.reads != "titles":
            raise ValueError('a url is an OAI-PMH catalogue; set reads = "titles"')
        if self.file is not None and not self.file.is_absolute():
            raise ValueError("file must be an absolute path, such as /srv/export/loans.csv")
        if self.file is not None and self.full and self.reads == "titles":
            raise ValueError("a record file never ends titles; remove full")
        return self

    @property
    def span(self) -> timedelta:
        return timedelta(hours=self.every)


def path() -> Path:
    named = os.environ.get("KIOSK_HUB_SOURCES")
    return Path(named) if named else Path(settings.STATE) / FILE


def load_sources() -> list[ImportSource]:
    """Return the sources in the order of their import; none if there is no file.

    Raises:
        BadSources: The file cannot be used.
    """
    where = path()
    try:
        content = tomllib.loads(where.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSources(f"{where}: {error}") from None
    if strange := sorted(set(content) - {"source"}):
        raise BadSources(f"{where}: {strange[0]} is unknown; only [[source]] is allowed")
    found = [_source(where, number, each) for number, each in enumerate(content.get("source", []), 1)]
    names = [each.name for each in found]
    if twice := sorted({each for each in names if names.count(each) > 1}):
        raise BadSources(f"{where}: two sources are named {twice[0]}; each needs its own name")
    return sorted(found, key=lambda each: (ORDER.index(each.reads), not each.full))


def _source(where: Path, number: int, entry: object) -> ImportSource:
    try:
        return ImportSource.model_validate(entry)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        fault = first["msg"].removeprefix("Value error, ")
        raise BadSources(f"{where}, source {number}{f', {place}' if place else ''}: {fault}") from None


SHEETS: Mapping[str, type[CsvSheet]] = {
    "patrons": FamilySheet,
    "items": ItemSheet,
    "loans": LoanSheet,
    "holds": HoldSheet,
    "fees": FeeSheet,
    "contacts": ContactSheet,
}
