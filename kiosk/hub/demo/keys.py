"""Keeps what the demo's kiosk and its librarian need to get in, in two files of the state directory."""

import json
import os
import secrets
import tomllib
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User

from kiosk.hub.catalogue.models import Branch
from kiosk.hub.circulation import cards, devices
from kiosk.hub.circulation.models import Kiosk

KIOSK = "demo-kiosk"
LIBRARIAN = "librarian"


def kiosk_file() -> Path:
    """The file with the demo kiosk's [central] section: driver, token and card key, without the address."""
    return Path(settings.STATE) / "demo-kiosk.toml"


def staff_file() -> Path:
    """The file with the librarian's name and password."""
    return Path(settings.STATE) / "demo-staff.toml"


def give_out() -> None:
    """Registers the demo's kiosk and librarian where they or their files are missing."""
    token = _read(kiosk_file()).get("central", {}).get("token", "")
    if not Kiosk.objects.filter(name=KIOSK, token_hash=devices.token_hash(token)).exists():
        _kiosk, token = devices.register(KIOSK, Branch.objects.get(code="main"))
    _write(kiosk_file(), {"central": {"driver": "hub", "token": token, "card_key": cards.card_key()}})
    if not staff_file().exists() or not User.objects.filter(username=LIBRARIAN).exists():
        password = secrets.token_urlsafe(9)
        user, _ = User.objects.update_or_create(username=LIBRARIAN, defaults={"is_staff": True, "is_superuser": True})
        user.set_password(password)
        user.save()
        _write(staff_file(), {"staff": {"name": LIBRARIAN, "password": password}})


def _read(path: Path) -> dict[str, dict[str, str]]:
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _write(path: Path, sections: dict[str, dict[str, str]]) -> None:
    """Writes sections of strings; a JSON string is a TOML string as well."""
    lines = [
        line
        for name, table in sections.items()
        for line in (f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items()))
    ]
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text("\n".join(lines) + "\n", encoding="utf-8")
    os.replace(fresh, path)
