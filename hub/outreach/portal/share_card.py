"""Describe a page for the card that WeChat and others show when it is shared. Source: the Open Graph protocol."""

from dataclasses import dataclass

from django.conf import settings
from django.templatetags.static import static
from django.utils.translation import gettext as _

ICON = "portal/icon-512.png"
ICON_SIZE = 512


@dataclass(frozen=True, slots=True)
class ShareCard:
    """Title, words and picture of the card.

    `url` is the page's own address; empty if the page is the patron's own and is not shared. `type` is the media type
    of the picture.
    """

    title: str
    words: str
    url: str = ""
    picture: str = ""
    width: int = 0
    height: int = 0
    type: str = "image/jpeg"


def of_library(library: str) -> ShareCard:
    """Return the card of every page without one of its own: it says nothing about the patron."""
    words = _("Find books, renew loans and place holds on your phone.")
    return with_icon(ShareCard(library, words))


def with_icon(card: ShareCard) -> ShareCard:
    """Return the card with the library's icon as its picture."""
    picture = f"{settings.PUBLIC_URL.rstrip('/')}{static(ICON)}"
    return ShareCard(card.title, card.words, card.url, picture, ICON_SIZE, ICON_SIZE, "image/png")
