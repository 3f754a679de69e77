"""Import harvested records into the catalogue, and store the time from which the next harvest starts."""

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import requests
from django.conf import settings

from hub.catalogue.marc_import import ImportReport, import_marc
from hub.catalogue.oai import Harvest, Source, harvest


@dataclass(frozen=True, slots=True)
class HarvestResult:
    harvest: Harvest
    report: ImportReport


def last_harvest_time(source: Source) -> str:
    """Return the source's own time at the last complete harvest; empty if there was none."""
    try:
        state = json.loads(_note(source).read_text(encoding="utf-8"))
        return str(state["since"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def take(source: Source, begins: str, session: requests.Session, file: BinaryIO) -> HarvestResult:
    """Harvest and import the records.

    Nothing is imported from an incomplete harvest, and the next one starts from the same time.
    """
    got = ask(source, begins, session, file)
    report = import_marc(file, lambda: None)
    remember(source, got)
    return HarvestResult(got, report)


def ask(source: Source, begins: str, session: requests.Session, file: BinaryIO) -> Harvest:
    """Harvest into the file, which is rewound to its beginning.

    Raises:
        HarvestFailed: The harvest is incomplete.
    """
    got = harvest(replace(source, since=begins), session, file)
    file.seek(0)
    return got


def remember(source: Source, got: Harvest) -> None:
    """Store the harvest's time, after all of it was imported.

    If this file is lost, the next harvest only reads more than necessary.
    """
    if not got.answered:
        return
    fresh = _note(source).with_suffix(".new")
    fresh.write_text(json.dumps({"since": got.answered, "url": source.url}), encoding="utf-8")
    fresh.replace(_note(source))


def _note(source: Source) -> Path:
    name = hashlib.sha256(f"{source.url}\n{source.prefix}\n{source.within}".encode()).hexdigest()[:16]
    return Path(settings.STATE) / f"harvest-{name}.json"
