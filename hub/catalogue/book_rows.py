"""Show titles and items as rows of a list."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from hub.catalogue.models import Item, Title
from hub.core.pages.formatting import Cover, cover


@dataclass(frozen=True, slots=True)
class BookRow:
    """A title, or one item of it, as lists show it."""

    title: str
    detail: str
    cover: Cover
    pk: int | None = None
    barcode: str = ""


def work(title: Title) -> BookRow:
    """Return a title as lists show it."""
    detail = _join(title.author, title.call_number)
    return BookRow(title.title, detail, cover(title.subject, title.title, title.cover))


def book(item: Item) -> BookRow:
    """Return an item as lists show it."""
    title = item.title
    detail = _join(title.author, item.call_number or title.call_number)
    return BookRow(title.title, detail, cover(title.subject, title.title, title.cover), item.pk, item.barcode)


def _join(*parts: str) -> str:
    return _(", ").join(part for part in parts if part)
