"""Search a card for what a thief must not find, for the proof `image`: patrons and the hub's secrets."""

import sqlite3
import subprocess
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from tempfile import NamedTemporaryFile

from firmware import Partition

HUB_SECRETS = ("audit_key", "contact_key", "secret_key")
SEARCH = "head -c $1 | LC_ALL=C grep -azFo -f $2 | tr '\\0' '\\n' | sort -u"


def must_not_be_there(state: Path, card_number: str) -> list[str]:
    """Return names and numbers of all patrons of a hub, the card's number, and the hub's secrets."""
    with closing(sqlite3.connect(f"file:{state}/hub.sqlite3?mode=ro", uri=True)) as database:
        patrons = database.execute("SELECT identifier, name FROM circulation_patron").fetchall()
    secrets = [(state / name).read_text("ascii").strip() for name in HUB_SECRETS]
    return [*(each for patron in patrons for each in patron), card_number, *secrets]


def found_on(card: Path, place: Partition, texts: Iterable[str]) -> set[str]:
    """Return which texts a partition has in the clear: in files, deleted blocks or free space."""
    with NamedTemporaryFile("w", encoding="utf-8") as wanted, card.open("rb") as disk:
        wanted.write("\n".join(sorted({each for each in texts if each})))
        wanted.flush()
        disk.seek(place.offset)
        command = ["bash", "-c", SEARCH, "-", str(place.size), wanted.name]
        done = subprocess.run(command, stdin=disk, capture_output=True, check=True)
    return set(done.stdout.decode().splitlines())
