"""Tells kiosks where phones look a receipt up, and again when the hub's address is another one; never whose it is."""

from pathlib import Path

from django.conf import settings
from django.urls import reverse

from hub.circulation.models import UnnumberedChange
from lending import wire

TOLD = "receipts_told"


def receipts() -> str:
    """The address that a code and a slash follow; empty where the hub has none that fits onto a receipt."""
    if not settings.PUBLIC:
        return ""
    found = f"{settings.PUBLIC_URL.rstrip('/')}{reverse('phone:receipt')}"
    return found if wire.ADDRESS.fullmatch(found) else ""


def notice() -> None:
    """Has the kiosks told when it is not what was told last: no table changes when an address does."""
    path, now = Path(settings.STATE) / TOLD, receipts()
    if (path.read_text(encoding="utf-8") if path.exists() else "") != now:
        UnnumberedChange.objects.create(kind="policy", what="")
        path.write_text(now, encoding="utf-8")
