"""Adds looks to a chain of keyed hashes, and finds where it was tampered with; never reads why somebody looked."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connection

from hub.audit import access_log_triggers
from hub.audit.models import AccessLogEntry, ChainEnd
from hub.core.state_directory import put_file, secret

ANCHORS = "audit-anchors"
"""File of the state directory to which each night adds number and hash of the newest look, so that a cut is found."""
CHECKED = "audit-checked"
"""File there with how far the last night has read the chain, and what it found."""


def append(look: AccessLogEntry) -> AccessLogEntry:
    """Numbers the look and adds it. Call it in the transaction of what it tells of: it holds the chain's lock."""
    if not connection.in_atomic_block:
        raise RuntimeError("a look must be written in a transaction")
    ChainEnd.objects.get_or_create(pk=1)
    end = ChainEnd.objects.select_for_update().get(pk=1)
    look.number = end.number + 1
    look.hash = _hash(_key(), end.hash, look)
    look.save(force_insert=True)
    end.number, end.hash = look.number, look.hash
    end.save()
    return look


def _key() -> bytes:
    return bytes.fromhex(secret("audit_key", Path(settings.STATE)))


def _hash(key: bytes, before: str, look: AccessLogEntry) -> str:
    at = look.at.astimezone(UTC).isoformat(timespec="microseconds")
    told = [look.number, at, look.staff, look.ref, str(look.act), str(look.reason), look.words, bool(look.card)]
    text = json.dumps([before, *told], ensure_ascii=False, separators=(",", ":"))
    return hmac.new(key, text.encode(), "sha256").hexdigest()


def faults() -> list[str]:
    """What is wrong with the chain, each in a sentence; none when every look is as it was written."""
    return [*_broken(), *access_log_triggers.missing()]


def lately() -> list[str]:
    """As `faults`, for a page: what the night found in the whole chain, and what is wrong with what came since.

    Without a night, or where the look that it came to is another one now, the whole chain is read.
    """
    path = Path(settings.STATE) / CHECKED
    if not path.exists():
        return faults()
    kept = json.loads(path.read_text(encoding="utf-8"))
    if not AccessLogEntry.objects.filter(number=kept["number"], hash=kept["hash"]).exists():
        return faults()
    return [*kept["faults"], *_broken(kept["number"], kept["hash"]), *access_log_triggers.missing()]


def check() -> None:
    """Reads the whole chain, and keeps for `lately` what it found."""
    last, found = AccessLogEntry.objects.order_by("number").last(), list(_broken())
    if last is not None:
        kept = {"number": last.number, "hash": last.hash, "faults": found}
        put_file(CHECKED, json.dumps(kept, ensure_ascii=False).encode(), Path(settings.STATE))


def _broken(number: int = 0, before: str = "") -> Iterator[str]:
    """What is wrong behind the look of that number and hash."""
    key, begin = _key(), number
    anchors = {at: found for at, found in anchored() if at > begin}
    for look in AccessLogEntry.objects.filter(number__gt=begin).order_by("number").iterator(chunk_size=2000):
        if look.number != number + 1:
            yield f"looks {number + 1} to {look.number - 1} are missing"
            before = ""
        elif look.hash != _hash(key, before, look):
            yield f"look {look.number} is not as it was written"
        if anchors.pop(look.number, look.hash) != look.hash:
            yield f"look {look.number} is another one than on the night when it was anchored"
        before, number = look.hash, look.number
    end = ChainEnd.objects.filter(pk=1).first()
    if end is not None and (end.number, end.hash) != (number, before):
        yield f"the chain ends at look {number}, but {end.number} were written"
    for lost in sorted(anchors):
        yield f"look {lost} was anchored and is gone: the newest looks were removed, or an older backup was restored"


def anchored() -> Iterator[tuple[int, str]]:
    """Number and hash of each night's newest look."""
    path = Path(settings.STATE) / ANCHORS
    if not path.exists():
        return
    for line in path.read_text(encoding="ascii").splitlines():
        _at, number, found = line.split()
        yield int(number), found


def anchor(now: datetime) -> None:
    """Reads the chain, and notes outside the database how far it is."""
    check()
    end = ChainEnd.objects.filter(pk=1).first()
    if end is None or not end.number or end.number in dict(anchored()):
        return
    with (Path(settings.STATE) / ANCHORS).open("a", encoding="ascii") as file:
        file.write(f"{now.astimezone(UTC).isoformat(timespec='seconds')} {end.number} {end.hash}\n")
