"""Find covers at Open Library.

Open Library answers at most 100 requests by ISBN in five minutes for each network address, and asks not to be crawled:
for a whole catalogue, load its bulk files into a folder.

Source: https://openlibrary.org/dev/docs/api/covers
"""

from typing import Literal

from hub.catalogue.covers.providers.provider import CoverProvider, Name, Pause, fetch_picture
from hub.catalogue.online_editions.url_probe import Probe


class OpenLibrary(CoverProvider):
    """The Covers API. `base_url` is for a proxy."""

    kind: Literal["open-library"]
    name: Name = "open-library"
    pause: Pause = 5
    base_url: str = "https://covers.openlibrary.org"

    def find(self, isbn: str, probe: Probe) -> bytes | None:
        """Return the large picture. Raises ProviderUnavailable."""
        # Without default=false it answers a blank picture in place of 404.
        return fetch_picture(probe, f"{self.base_url}/b/isbn/{isbn}-L.jpg?default=false")
