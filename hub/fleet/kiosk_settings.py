"""Draft, publish and deliver the settings of kiosks: for one, for those of a branch, or for all."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, Q, QuerySet

from hub.catalogue.models import Branch
from hub.circulation.models import Kiosk, Library
from hub.core.retrying_transaction import atomic
from hub.fleet import devices
from hub.fleet.models import SettingsVersion
from lending import wire
from lending.wire.kiosk_settings import KioskSettings, SettingsDocument, SettingsReport, SignedSettings, name_of

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scope:
    """The kiosks that settings are for; all kiosks of the library if neither is given."""

    branch: Branch | None = None
    kiosk: Kiosk | None = None

    @property
    def rows(self) -> QuerySet[SettingsVersion]:
        return SettingsVersion.objects.filter(branch=self.branch, kiosk=self.kiosk)

    @property
    def versions(self) -> QuerySet[SettingsVersion]:
        """Return the published versions, newest first."""
        return self.rows.exclude(number=None).order_by("-number")

    @property
    def published(self) -> Values:
        """Return the settings in force for exactly this scope."""
        newest = self.versions.first()
        return newest.values if newest else {}

    @property
    def draft(self) -> SettingsVersion | None:
        return self.rows.filter(number=None).first()

    @property
    def inherited(self) -> Values:
        """Return what the wider scopes set."""
        if self.kiosk is not None:
            return {**Scope().published, **Scope(branch=self.kiosk.branch).published}
        return Scope().published if self.branch is not None else {}

    @property
    def kiosks(self) -> QuerySet[Kiosk]:
        """Return the kiosks to which a publication goes."""
        found = Kiosk.objects.filter(revoked_at=None).select_related("branch").order_by("name")
        if self.kiosk is not None:
            return found.filter(pk=self.kiosk.pk)
        return found.filter(branch=self.branch) if self.branch is not None else found


@atomic
def save_draft(scope: Scope, values: Values, by: str, now: datetime) -> SettingsVersion:
    """Replace the draft of the scope.

    Raises:
        ValidationError: Of pydantic: a value, or a field that may not be changed from afar.
    """
    kept = KioskSettings.model_validate_json(json.dumps(values)).model_dump(mode="json", exclude_none=True)
    _lock()
    draft = scope.draft or SettingsVersion(branch=scope.branch, kiosk=scope.kiosk)
    draft.values, draft.by, draft.at = kept, by, now
    draft.save()
    return draft


@atomic
def publish_draft(scope: Scope, revision: str, by: str, now: datetime) -> SettingsVersion | None:
    """Publish the draft: each of its kiosks takes it with its next report, and applies it between two visits.

    Args:
        scope: The kiosks that it is for.
        revision: `SettingsVersion.revision` of the draft that was read before publishing.
        by: Name of the staff member.
        now: Time of the publication.

    Returns:
        The version, or None if the draft is another one by now, or gone.
    """
    _lock()
    draft = scope.draft
    return _publish(draft, by, now) if draft is not None and draft.revision == revision else None


@atomic
def discard_draft(scope: Scope) -> bool:
    """Delete the draft; return False if there is none."""
    _lock()
    return bool(scope.rows.filter(number=None).delete()[0])


@atomic
def go_back(version: SettingsVersion, by: str, now: datetime) -> SettingsVersion:
    """Publish the settings of an earlier version again."""
    _lock()
    return _publish(SettingsVersion(branch=version.branch, kiosk=version.kiosk, values=version.values), by, now)


def _lock() -> None:
    """Let drafts and publications change one after another."""
    Library.objects.select_for_update().first()


def _publish(version: SettingsVersion, by: str, now: datetime) -> SettingsVersion:
    last = SettingsVersion.objects.aggregate(last=Max("number"))["last"]
    version.number, version.by, version.at = (last or 0) + 1, by, now
    version.save()
    return version


def changed_names(before: Values, after: Values) -> list[str]:
    """Return the names of the settings that differ, in the order of the form."""
    return [name for name in KioskSettings.model_fields if before.get(name) != after.get(name)]


def documents(kiosks: Iterable[Kiosk]) -> dict[int, SettingsDocument]:
    """Return the settings document of each kiosk, by primary key; a kiosk for which nothing was published is absent."""
    newest = _newest(SettingsVersion.objects.all())
    found = {kiosk.pk: _document(newest, kiosk) for kiosk in kiosks}
    return {pk: document for pk, document in found.items() if document is not None}


Newest = Mapping[tuple[int | None, int | None], SettingsVersion]
"""The published versions in force, by branch and kiosk."""


def _newest(rows: QuerySet[SettingsVersion]) -> Newest:
    return {(each.branch_id, each.kiosk_id): each for each in rows.exclude(number=None).order_by("number")}


def _document(newest: Newest, kiosk: Kiosk) -> SettingsDocument | None:
    keys = ((None, None), (kiosk.branch_id, None), (None, kiosk.pk))
    found = [newest[key] for key in keys if key in newest]
    if not found:
        return None
    values = {name: value for each in found for name, value in each.values.items()}
    return SettingsDocument(wire=wire.VERSION, version=max(each.number for each in found), values=values)


def text_of(document: SettingsDocument) -> str:
    """Return the document as it is signed: the same settings always have the same text."""
    return json.dumps(document.model_dump(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def settings_to_send(kiosk: Kiosk, device: str, report: SettingsReport | None) -> SignedSettings | None:
    """Return the signed settings; None if the kiosk reports that it has, or refuses, exactly these.

    A kiosk that left the branch whose settings it has gets an empty document.
    """
    rows = SettingsVersion.objects.filter(Q(branch=None, kiosk=None) | Q(branch=kiosk.branch) | Q(kiosk=kiosk))
    document = _document(_newest(rows), kiosk)
    if document is None:
        if report is None or not report.name:
            return None
        document = SettingsDocument(wire=wire.VERSION, version=max(1, report.version), values={})
    text = text_of(document)
    if report is not None and name_of(text) in (report.name, report.waiting, report.refused):
        return None
    return devices.sign_settings(device, text)
