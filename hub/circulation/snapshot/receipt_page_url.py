"""Send kiosks the URL of the receipt page, and again whenever the hub's public address changes."""

from pathlib import Path

from django.conf import settings

from hub.circulation.models import UnnumberedChange
from hub.core.public_url import public_url
from lending import wire

TOLD = "receipts_told"


def receipts() -> str:
    """Return the URL to which a slash and the receipt code are appended.

    It is empty if the hub has no URL that fits onto a receipt.
    """
    if not settings.PUBLIC:
        return ""
    found = public_url("portal:receipt")
    return found if wire.ADDRESS.fullmatch(found) else ""


def notice() -> None:
    """Have kiosks notified if the URL is not the one sent last: no table changes when the address does."""
    path, now = Path(settings.STATE) / TOLD, receipts()
    if (path.read_text(encoding="utf-8") if path.exists() else "") != now:
        UnnumberedChange.objects.create(kind="policy", what="")
        path.write_text(now, encoding="utf-8")
