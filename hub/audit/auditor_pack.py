"""Build the zip for an outside auditor: settings, roles, audit state and packages, without secrets or patrons.

Advisories about packages are not fetched.
"""

from __future__ import annotations

import io
import json
import os
import platform
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.db import connection

from hub.audit import access_log, role_groups
from hub.audit.models import AccessLogEntry, Alarm, Drill, Incident, Policy, SecuritySettings
from hub.core.pages.frame import staff_frame
from hub.core.roles import ROLES
from hub.core.state_directory import secrets_kept

DOCS = ("architecture.md", "wire.md", "feed.md", "delivery.md")
SHOWN = (
    "ALLOWED_HOSTS", "DEBUG", "INSTALLED_APPS", "MIDDLEWARE", "PASSWORD_HASHERS", "TIME_ZONE", "SESSION_COOKIE_AGE",
    "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE", "SESSION_EXPIRE_AT_BROWSER_CLOSE", "SECURE_HSTS_SECONDS",
    "SECURE_CONTENT_TYPE_NOSNIFF", "X_FRAME_OPTIONS", "LANGUAGE_CODE",
)  # fmt: skip
"""Names of the settings that are no secret; all others are left out."""


def pack(now: datetime) -> bytes:
    """Return the zip. Secrets appear by name only, patrons as counts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("README.txt", README.format(now=now.isoformat(timespec="seconds")))
        for name, content in _parts().items():
            file.writestr(f"{name}.json", json.dumps(content, ensure_ascii=False, indent=1, default=str) + "\n")
        for name in DOCS:
            path = Path(__file__).resolve().parents[2] / "docs" / name
            if path.exists():
                file.write(path, f"docs/{name}")
    return made.getvalue()


def _parts() -> dict[str, Any]:
    return {
        "configuration": _configuration(),
        "roles": _roles(),
        "audit": _audit(),
        "dependencies": _dependencies(),
        "data-map": _data_map(),
        "drills": list(Drill.objects.values("at", "rows", "seconds", "differs")[:24]),
        "policies": list(Policy.objects.values("version", "at", "by", "words")),
    }


def _configuration() -> dict[str, Any]:
    address = urlsplit(str(settings.PUBLIC_URL))
    return {
        "settings": {name: getattr(settings, name, None) for name in SHOWN},
        "public_url": f"{address.scheme}://{address.hostname}",
        "database": connection.vendor,
        "secrets": sorted(secrets_kept(Path(settings.STATE))),
        "state_directory_mode": oct(os.stat(settings.STATE).st_mode & 0o777),
        "python": platform.python_version(),
        "security_settings": {
            "alarm_limit": SecuritySettings.now().mass,
            "second_factor_required": SecuritySettings.now().second_step,
        },
    }


def _roles() -> dict[str, Any]:
    return {
        "roles": {str(role): sorted(map(str, rights)) for role, rights in ROLES.items()},
        "pages_by_right": {str(right): sorted(names.split()) for right, names in staff_frame().needs.items()},
        "staff": [
            {"name": each.name, "role": each.role, "second_factor": each.second_step, "policy_read": each.read}
            for each in role_groups.everyone()
        ],
    }


def _audit() -> dict[str, Any]:
    return {
        "accesses": AccessLogEntry.objects.count(),
        "faults": access_log.faults(),
        "triggers_installed": not access_log.missing_triggers(),
        "anchors": len(list(access_log.read_anchors())),
        "alarms": list(Alarm.objects.values("kind", "staff", "at", "count", "seen_by", "seen_at")[:500]),
        "incidents": [
            {"noticed": each.noticed_at, "affected": len(each.affected), "closed": each.closed_at}
            for each in Incident.objects.all()
        ],
    }


def _dependencies() -> dict[str, Any]:
    found = compare_with_lock(lock_file())
    return {
        "advisories": ADVISORIES,
        "packages": [{"name": e.name, "installed": e.installed, "locked": e.locked} for e in found if e.installed],
        "differ": [each.name for each in found if not each.fits],
    }


def _data_map() -> list[dict[str, Any]]:
    """Describe every table: its fields, its number of rows, and its references to patrons."""
    return [
        {
            "table": model._meta.db_table,
            "description": (model.__doc__ or "").strip().splitlines()[0] if model.__doc__ else "",
            "rows": model._base_manager.count(),
            "fields": {each.attname: type(each).__name__ for each in model._meta.concrete_fields},
            "references_patron_in": sorted(
                each.related_model._meta.label
                for each in model._meta.concrete_fields
                if each.is_relation and each.related_model._meta.label in ("circulation.Patron", "patrons.Person")
            ),
        }
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed
    ]


README = """Audit pack of a library's hub, made {now}.

configuration.json  settings that are no secret, names of secrets (never their values), kind of database
roles.json          rights of each role, pages that need each right, role of each staff account
audit.json          faults in the chain of access log entries, alarms, incidents by number
dependencies.json   installed versions compared with the lock file
data-map.json       every table, its fields and number of rows; the key of an EncryptedTextField is outside the database
drills.json         backup drills and their results
policies.json       data protection policy, by version
docs/               architecture, wire, feed and delivery

It contains the names of staff accounts, and no patron. To verify the access log itself: kiosk-hub audit verify.
"""


LOCK_LINE = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)")
ADVISORIES = "Known advisories are not fetched. Run pip-audit over the lock on a machine with internet access."


@dataclass(frozen=True, slots=True)
class Package:
    """A package: its installed version, and the locked ones (one per range of Python versions, or none)."""

    name: str
    installed: str
    locked: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether the installed version is a locked one; true if either is missing."""
        return not self.locked or not self.installed or self.installed in self.locked


def lock_file() -> Path | None:
    """Return the lock file of this checkout; None in an installed wheel, which contains none."""
    path = Path(__file__).resolve().parents[2] / "requirements.lock"
    return path if path.exists() else None


def compare_with_lock(lock: Path | None) -> list[Package]:
    """Return every installed and every locked package."""
    locked: dict[str, tuple[str, ...]] = {}
    for name, version in _locked_packages(lock.read_text(encoding="utf-8").splitlines()) if lock else ():
        locked[name] = (*locked.get(name, ()), version)
    installed = {_plain(each.metadata["Name"]): each.version for each in distributions()}
    names = sorted(installed.keys() | locked.keys())
    return [Package(each, installed.get(each, ""), locked.get(each, ())) for each in names]


def _locked_packages(lines: Iterable[str]) -> Iterable[tuple[str, str]]:
    for line in lines:
        if found := LOCK_LINE.match(line):
            yield _plain(found[1]), found[2]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
