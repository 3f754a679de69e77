"""Append access log entries to a chain of keyed hashes, and detect changes to it."""

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
from hub.core.state_directory import secret
from lending import atomic_file

ANCHORS = "audit-anchors"
"""State file with number and hash of each night's newest entry, so that truncation is detected."""
CHECKED = "audit-checked"
"""State file with the position and result of the last night's check."""


def append(look: AccessLogEntry) -> AccessLogEntry:
    """Number the entry and append it.

    Call it in the transaction of the access itself: it holds the chain's lock.

    Raises:
        RuntimeError: If there is no transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("append an access log entry within a database transaction")
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
    fields = [look.number, at, look.staff, look.ref, str(look.act), str(look.reason), look.words, bool(look.card)]
    text = json.dumps([before, *fields], ensure_ascii=False, separators=(",", ":"))
    return hmac.new(key, text.encode(), "sha256").hexdigest()


def faults() -> list[str]:
    """Return the faults of the chain, one sentence each; empty if every entry is unchanged."""
    return [*_chain_faults(), *access_log_triggers.missing()]


def recent_faults() -> list[str]:
    """Return the faults at less cost, for a page: those of the last night, and those of later entries.

    The whole chain is read if no night has run, or if the last entry checked is not the one it was.
    """
    path = Path(settings.STATE) / CHECKED
    if not path.exists():
        return faults()
    kept = json.loads(path.read_text(encoding="utf-8"))
    if not AccessLogEntry.objects.filter(number=kept["number"], hash=kept["hash"]).exists():
        return faults()
    return [*kept["faults"], *_chain_faults(kept["number"], kept["hash"]), *access_log_triggers.missing()]


def check() -> None:
    """Check the whole chain and store the result for `recent_faults`."""
    last, found = AccessLogEntry.objects.order_by("number").last(), list(_chain_faults())
    if last is not None:
        kept = {"number": last.number, "hash": last.hash, "faults": found}
        atomic_file.write(Path(settings.STATE) / CHECKED, json.dumps(kept, ensure_ascii=False).encode())


def _chain_faults(number: int = 0, before: str = "") -> Iterator[str]:
    """Yield the faults after the entry with that number and hash."""
    key, begin = _key(), number
    anchors = {at: found for at, found in read_anchors() if at > begin}
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


def read_anchors() -> Iterator[tuple[int, str]]:
    """Yield the number and hash of each night's newest entry."""
    path = Path(settings.STATE) / ANCHORS
    if not path.exists():
        return
    for line in path.read_text(encoding="ascii").splitlines():
        _at, number, found = line.split()
        yield int(number), found


def anchor(now: datetime) -> None:
    """Check the chain and store its end outside the database."""
    check()
    end = ChainEnd.objects.filter(pk=1).first()
    if end is None or not end.number or end.number in dict(read_anchors()):
        return
    with (Path(settings.STATE) / ANCHORS).open("a", encoding="ascii") as file:
        file.write(f"{now.astimezone(UTC).isoformat(timespec='seconds')} {end.number} {end.hash}\n")
