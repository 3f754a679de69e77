"""Takes what was harvested into the catalogue, and remembers from when the next harvest begins; asks no source."""

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import requests
from django.conf import settings

from kiosk.hub.catalogue.oai import Harvest, Source, harvest
from kiosk.hub.catalogue.shelve import Report, import_marc


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
    got = harvest(replace(source, since=begins), session, file)
    file.seek(0)
    report = import_marc(file, lambda: None)
    if got.answered:
        _remember(source, got.answered)
    return Taken(got, report)


def _remember(source: Source, answered: str) -> None:
    """Where this is lost in a power cut the next harvest only reads more than it must."""
    fresh = _note(source).with_suffix(".new")
    fresh.write_text(json.dumps({"since": answered, "url": source.url}), encoding="utf-8")
    fresh.replace(_note(source))


def _note(source: Source) -> Path:
    name = hashlib.sha256(f"{source.url}\n{source.prefix}\n{source.within}".encode()).hexdigest()[:16]
    return Path(settings.STATE) / f"harvest-{name}.json"
