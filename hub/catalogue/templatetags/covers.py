"""Render the cover of a title on pages for patrons: `{% load covers %}{% cover title 58 %}`.

The page needs the style sheet `covers/covers.css`. A drawn cover is always there; a stored picture lies on it, so that
the drawn one is seen while the picture loads and where it cannot be loaded.
"""

from django import template

from hub.catalogue.covers.drawn import ShownCover
from hub.catalogue.models import Title

register = template.Library()
WORDS_FROM = 76
"""Minimum width in pixels of a drawn cover with its title on it."""
HEIGHT = 1.42
"""Height of a cover, divided by its width."""


@register.inclusion_tag("covers/cover.html")
def cover(title: Title | ShownCover, width: int, alt: str = "") -> dict[str, object]:
    """Render a cover.

    Args:
        title: Title of the catalogue, or an entry of `hub.catalogue.covers.drawn.covers_by_title`.
        width: Width in pixels at the usual text size; the cover grows with the text. The page's style sheet defines
            the class `w58` for a width of 58, because a page for patrons permits no inline style.
        alt: The title, if no text next to the cover names it.
    """
    shown = title if isinstance(title, ShownCover) else ShownCover.for_title(title)
    return {
        "picture": shown.picture,
        "words": shown.lettering if width >= WORDS_FROM else None,
        "slip": shown.lettering["slip"],
        "alt": alt,
        "width": width,
        "high": round(width * HEIGHT),
        **shown.design,
    }
