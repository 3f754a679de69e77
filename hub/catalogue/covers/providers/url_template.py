"""Find covers at a URL of the library's own, or of a supplier that it has a contract with."""

from typing import Annotated, Literal

from pydantic import AfterValidator
from stdnum import isbn as isbn_numbers

from hub.catalogue.covers.providers.provider import CoverProvider, Name, fetch_picture
from hub.catalogue.online_editions.fields import usable
from hub.catalogue.online_editions.url_probe import Probe

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
