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
from kiosk.sync import durable


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
        durable.write(_note(source), json.dumps({"since": got.answered, "url": source.url}).encode())
    return Taken(got, report)


def _note(source: Source) -> Path:
    name = hashlib.sha256(f"{source.url}\n{source.prefix}\n{source.within}".encode()).hexdigest()[:16]
    return Path(settings.STATE) / f"harvest-{name}.json"
