"""Takes what was harvested into the catalogue, and remembers from when the next harvest begins; asks no source."""

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import requests
from django.conf import settings

from hub.catalogue.marc_import import Report, import_marc
from hub.catalogue.oai import Harvest, Source, harvest


@dataclass(frozen=True, slots=True)
class Taken:
    harvest: Harvest
    report: Report


def since(source: Source) -> str:
    """The source's own time at the last harvest that was taken whole; empty where there was none."""
    try:
        told = json.loads(_note(source).read_text(encoding="utf-8"))
        return str(told["since"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def take(source: Source, begins: str, session: requests.Session, file: BinaryIO) -> Taken:
    """Nothing is taken of a harvest that breaks off: then the next one begins where this one did."""
    got = ask(source, begins, session, file)
    report = import_marc(file, lambda: None)
    remember(source, got)
    return Taken(got, report)


def ask(source: Source, begins: str, session: requests.Session, file: BinaryIO) -> Harvest:
    """Writes nothing but the file, which stands at its beginning then. Raises HarvestFailed."""
    got = harvest(replace(source, since=begins), session, file)
    file.seek(0)
    return got


def remember(source: Source, got: Harvest) -> None:
    """Called when all of it is there for good. Where this is lost the next harvest only reads more than it must."""
    if not got.answered:
        return
    fresh = _note(source).with_suffix(".new")
    fresh.write_text(json.dumps({"since": got.answered, "url": source.url}), encoding="utf-8")
    fresh.replace(_note(source))


def _note(source: Source) -> Path:
    name = hashlib.sha256(f"{source.url}\n{source.prefix}\n{source.within}".encode()).hexdigest()[:16]
    return Path(settings.STATE) / f"harvest-{name}.json"
