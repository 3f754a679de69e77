"""Find covers at Google Books: the volume of an ISBN, then its thumbnail.

Source: https://developers.google.com/books/docs/v1/reference/volumes
"""

import json
from typing import Any, Literal
from urllib.parse import quote

from hub.catalogue.covers.providers.provider import CoverProvider, Name, Pause, ProviderUnavailable, fetch_picture
from hub.catalogue.online_editions.url_probe import Probe


class GoogleBooks(CoverProvider):
    """The Books API. A `key` raises its daily limit; `base_url` is for a proxy."""

    kind: Literal["google-books"]
    name: Name = "google-books"
    pause: Pause = 2
    key: str = ""
    base_url: str = "https://www.googleapis.com"

    def find(self, isbn: str, probe: Probe) -> bytes | None:
        """Return the thumbnail of the volume. Raises ProviderUnavailable."""
        key = f"&key={quote(self.key)}" if self.key else ""
        answer = fetch_picture(probe, f"{self.base_url}/books/v1/volumes?q=isbn:{isbn}&fields=items(volumeInfo){key}")
        try:
            volumes = json.loads(answer or b"{}").get("items", [])
            link = next((each for each in map(_thumbnail, volumes) if each), "")
        except (ValueError, AttributeError, TypeError):
            raise ProviderUnavailable(f"{self.base_url} answered something else than a list of volumes") from None
        return fetch_picture(probe, link) if link else None


def _thumbnail(volume: dict[str, Any]) -> str:
    """Return the URL of the largest thumbnail, by TLS and without the drawn page corner; empty if there is none."""
    links = volume["volumeInfo"].get("imageLinks", {}) if "volumeInfo" in volume else {}
    link = str(links.get("thumbnail") or links.get("smallThumbnail") or "")
    return link.replace("&edge=curl", "").replace("http://books.google.", "https://books.google.", 1)
