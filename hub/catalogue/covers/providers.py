"""Find covers by ISBN at the providers that covers.toml in the state directory names.

Open Library answers at most 100 requests by ISBN in five minutes for each network address, and asks not to be crawled:
for a whole catalogue, load its bulk files into a folder.

Sources: https://developers.google.com/books/docs/v1/reference/volumes and https://openlibrary.org/dev/docs/api/covers
"""

import json
import tomllib
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

from django.conf import settings
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from stdnum import isbn as isbn_numbers

from hub.catalogue.covers.picture import MOST_BYTES
from hub.catalogue.online_editions.fields import usable
from hub.catalogue.online_editions.url_probe import LinkFault, Probe

NO_COVER = frozenset({LinkFault.GONE, LinkFault.TOO_LARGE})
Name = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]
Pause = Annotated[float, Field(ge=0, le=30)]


class ProviderUnavailable(Exception):
    """The provider did not answer. The text names the request and what happened."""


class CoverProvider(BaseModel, ABC):
    """One [[provider]] of covers.toml. `pause` is the minimum time between two requests, in seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    pause: Pause = 0.5

    @abstractmethod
    def find(self, isbn: str, probe: Probe) -> bytes | None:
        """Return the picture of an ISBN-13; None if the provider has none.

        Raises:
            ProviderUnavailable: It did not answer.
        """


def fetch_picture(probe: Probe, url: str) -> bytes | None:
    """Return the bytes at the URL; None if there are none, or more than a picture may have.

    Raises:
        ProviderUnavailable: The site did not answer.
    """
    found = probe.fetch(url, MOST_BYTES)
    if found.fault in NO_COVER:
        return None
    if found.fault or found.status != 200:
        raise ProviderUnavailable(
            f"{url.partition('?')[0]}: {found.fault.value or 'refused'} {found.status or ''}".strip()
        )
    return found.body or None


ENDINGS = (".jpg", ".jpeg", ".png", ".webp")


def _absolute(folder: Path) -> Path:
    if not folder.is_absolute():
        raise ValueError("must be an absolute path, such as /srv/covers")
    return folder


class Folder(CoverProvider):
    """Files by ISBN-13 or ISBN-10, without hyphens."""

    kind: Literal["folder"]
    name: Name = "folder"
    pause: Pause = 0
    folder: Annotated[Path, AfterValidator(_absolute)]

    def find(self, isbn: str, probe: Probe) -> bytes | None:
        """Return the file of this ISBN. Raises ProviderUnavailable if the folder cannot be read."""
        if not self.folder.is_dir():
            raise ProviderUnavailable(f"{self.folder} is not a folder that can be read")
        names = [isbn, isbn_numbers.to_isbn10(isbn)] if isbn.startswith("978") else [isbn]
        for path in (self.folder / f"{name}{ending}" for name in names for ending in ENDINGS):
            try:
                with path.open("rb") as file:
                    return file.read(MOST_BYTES + 1)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise ProviderUnavailable(f"{path}: {error.strerror}") from None
        return None


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


PLACES = ("{isbn}", "{isbn10}")


def _template(url: str) -> str:
    if not any(each in url for each in PLACES):
        raise ValueError("needs {isbn} or {isbn10} where the number goes")
    if not usable(_fill_template(url, "9787020002207")):
        raise ValueError("must be a web address that begins with http:// or https://")
    return url


def _fill_template(url: str, isbn: str) -> str:
    ten = isbn_numbers.to_isbn10(isbn) if isbn.startswith("978") else isbn
    return url.replace("{isbn}", isbn).replace("{isbn10}", ten)


class UrlTemplate(CoverProvider):
    """A URL with `{isbn}` or `{isbn10}`. A site without the cover answers 404."""

    kind: Literal["url"]
    name: Name
    url: Annotated[str, AfterValidator(_template)]

    def find(self, isbn: str, probe: Probe) -> bytes | None:
        """Return what the URL of this ISBN answers. Raises ProviderUnavailable."""
        return fetch_picture(probe, _fill_template(self.url, isbn))


FILE = "covers.toml"
Provider = Annotated[Folder | GoogleBooks | OpenLibrary | UrlTemplate, Field(discriminator="kind")]


class BadCovers(ValueError):
    """The file cannot be used. `args[0]` names the file, the place in it and what would be valid."""


def load_providers() -> list[CoverProvider]:
    """Return the providers in the order in which they are asked; none if there is no file.

    Raises:
        BadCovers: The file cannot be used.
    """
    where = Path(settings.STATE) / FILE
    try:
        content = tomllib.loads(where.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadCovers(f"{where}: {error}") from None
    if strange := sorted(set(content) - {"provider"}):
        raise BadCovers(f"{where}: {strange[0]} is unknown; only [[provider]] is allowed")
    entries = content.get("provider", [])
    if not isinstance(entries, list):
        raise BadCovers(f"{where}: write each provider as [[provider]], in double brackets")
    found = [_provider(where, number, each) for number, each in enumerate(entries, 1)]
    names = [each.name for each in found]
    if twice := sorted({each for each in names if names.count(each) > 1}):
        raise BadCovers(f"{where}: two providers are named {twice[0]}; give each a name of its own")
    return found


def _provider(where: Path, number: int, entry: object) -> CoverProvider:
    try:
        found: CoverProvider = TypeAdapter(Provider).validate_python(entry)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(each) for each in first["loc"][1:])
        fault = first["msg"].removeprefix("Value error, ")
        raise BadCovers(f"{where}, provider {number}{f', {place}' if place else ''}: {fault}") from None
    return found
