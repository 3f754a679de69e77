"""Build URLs of the hub's pages as phones, mail and printed codes open them."""

from django.conf import settings
from django.urls import reverse


def public_url(view: str, *args: object) -> str:
    """Return the absolute URL of a view at the library's public address."""
    return f"{settings.PUBLIC_URL.rstrip('/')}{reverse(view, args=args)}"
