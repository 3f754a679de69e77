"""Store the demo librarian's credentials in a file of the state directory."""

import json
import os
import secrets
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User

LIBRARIAN = "librarian"


def staff_file() -> Path:
    """Return the file with the librarian's name and password."""
    return Path(settings.STATE) / "demo-staff.toml"


def give_out() -> None:
    """Create the demo librarian's account with a new password if it or its file is missing."""
    if staff_file().exists() and User.objects.filter(username=LIBRARIAN).exists():
        return
    password = secrets.token_urlsafe(9)
    user, _ = User.objects.update_or_create(username=LIBRARIAN, defaults={"is_staff": True, "is_superuser": True})
    user.set_password(password)
    user.save()
    _write(staff_file(), {"staff": {"name": LIBRARIAN, "password": password}})


def _write(path: Path, sections: dict[str, dict[str, str]]) -> None:
    """Write sections of strings; a JSON string is a valid TOML string."""
    lines = [
        line
        for name, table in sections.items()
        for line in (f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items()))
    ]
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text("\n".join(lines) + "\n", encoding="utf-8")
    os.replace(fresh, path)
