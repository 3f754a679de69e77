"""List, rotate and delete the hub's sealing keys, and report which kiosks still need an older one."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from hub.circulation.intake import encrypted_rows
from hub.circulation.models import Kiosk
from hub.core.state_directory import changing_secrets, drop_secret, put_secret, secret
from hub.fleet.models import Device, KioskStatus


class KeyNeeded(Exception):
    """The key was not deleted. `args[0]` says which kiosk may need it, and what to do."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a kiosk has reported about a key; `queued` and `kept` are None without a reliable report."""

    kiosk: str
    told_at: datetime | None
    queued: int | None
    kept: int | None
    """Rows whose bodies the kiosk still has: those to upload, and those that a restored hub would request again."""
    behind: bool
    """The kiosk does not encrypt to the current key yet, so it may encrypt to an older one."""

    @property
    def is_over(self) -> bool:
        return self.kept == 0 and not self.behind


@dataclass(frozen=True, slots=True)
class Key:
    name: str
    file: str
    is_current: bool
    """Whether it is the current key, to which kiosks encrypt."""
    needs: tuple[Need, ...]
    """Reports of the kiosks that may need the key."""


def all_kept() -> list[Key]:
    """Return all available keys, the current one first."""
    names, reports = encrypted_rows.key_names(), _reports()
    return [
        Key(name, file, file == encrypted_rows.KEY_FILE, _needs(name, names[encrypted_rows.KEY_FILE], reports))
        for file, name in names.items()
    ]


def rotate(now: datetime) -> str:
    """Create a new current key; the previous one still decrypts.

    Returns:
        File name of the previous key.

    Raises:
        HubServes: A backup is being restored.
    """
    with changing_secrets(settings.STATE):
        before = secret(encrypted_rows.KEY_FILE, settings.STATE)
        aside = f"{encrypted_rows.KEY_FILE}.{now:%Y%m%d-%H%M%S}"
        if (settings.STATE / aside).exists():
            aside += f"-{secrets.token_hex(2)}"
        put_secret(aside, before, settings.STATE)
        put_secret(encrypted_rows.KEY_FILE, secrets.token_hex(32), settings.STATE)
    return aside


def delete(name: str, without: Collection[str] = ()) -> list[str]:
    """Delete an older key for good; return the names of its files.

    Args:
        name: Name of the key.
        without: Kiosks that are gone: the rows they still have can then never be read.

    Raises:
        KeyNeeded: A kiosk may still need the key.
        HubServes: A backup is being restored.
    """
    with changing_secrets(settings.STATE):
        found = [key for key in all_kept() if key.name == name]
        if not found:
            raise KeyNeeded(f"this hub has no key {name}: `kiosk-hub seal-key list` names those that it has")
        if any(key.is_current for key in found):
            raise KeyNeeded(f"{name} is the key that kiosks seal to: `kiosk-hub seal-key rotate` gives out another")
        if waiting := [need for need in found[0].needs if need.kiosk not in without]:
            raise KeyNeeded("\n".join([*map(_why_not, waiting), WITHOUT]))
        for key in found:
            drop_secret(key.file, settings.STATE)
    return [key.file for key in found]


WITHOUT = (
    "Nothing was deleted: what is sealed to this key can be read by no other. A kiosk that is here takes the new key "
    "up by itself and needs the old one no more a day after its rows were taken over. For one that never comes back "
    "say --without NAME: what it still keeps will never be read"
)


def _why_not(need: Need) -> str:
    if need.kept is None:
        return f"{need.kiosk} has not told which keys it needs, or is of an earlier version"
    if need.kept:
        return f"{need.kiosk} keeps {need.kept} rows that are sealed to it, {need.queued} of them wait"
    return f"{need.kiosk} has not taken up the key that is given out now"


def _reports() -> list[tuple[str, KioskStatus | None]]:
    """Return every kiosk that was ever enrolled, with its last report."""
    standings = {each.kiosk_id: each for each in KioskStatus.objects.all()}
    enrolled = Kiosk.objects.filter(pk__in=Device.objects.values("kiosk")).order_by("name")
    return [(each.name, standings.get(each.pk)) for each in enrolled]


def _needs(key: str, given: str, reports: list[tuple[str, KioskStatus | None]]) -> tuple[Need, ...]:
    found = (_need(key, given, kiosk, status) for kiosk, status in reports)
    return tuple(need for need in found if not need.is_over)


def _need(key: str, given: str, kiosk: str, status: KioskStatus | None) -> Need:
    """Return the kiosk's need of a key.

    The report is reliable once the kiosk encrypts to the current key: the rows under older ones can then only decrease.
    """
    if status is None or status.told_at is None:
        return Need(kiosk, None, None, None, behind=True)
    if status.sealed is None or not status.seal:
        return Need(kiosk, status.told_at, None, None, behind=True)
    rows = next((each for each in status.sealed if each["key"] == key), {"queued": 0, "kept": 0})
    return Need(kiosk, status.told_at, rows["queued"], rows["kept"], behind=status.seal != given)
