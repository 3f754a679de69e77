"""Let staff print QR codes that open pages of the portal. They are public and do not expire."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hub.core.pages.page import page
from hub.core.pages.qr_code import qr
from hub.core.pages.staff_access import staff_only
from hub.core.public_url import public_url


@dataclass(frozen=True, slots=True)
class Poster:
    """QR code with its caption in both languages, as readers may speak either."""

    name: str
    chinese: str
    english: str
    address: str
    picture: str


@require_safe
@staff_only
def posters(request: HttpRequest) -> HttpResponse:
    """Show the QR codes for printing, with a warning if the public URL is local."""
    return page(request, "portal", "portal/posters.html", {
        "posters": [_poster(name) for name in ("home", "loans", "say", "suggest", "courses")],
        "local": public_url("portal:home").startswith("http://127."),
    })  # fmt: skip


def _poster(name: str) -> Poster:
    where = public_url(f"portal:{name}")
    return Poster(name, _localised_title(name, "zh-hans"), _localised_title(name, "en"), where, qr(where))


def _localised_title(name: str, language: str) -> str:
    with translation.override(language):
        return {
            "home": _("The library on your phone"),
            "loans": _("My loans"),
            "say": _("Give feedback"),
            "suggest": _("Suggest a book"),
            "courses": _("Courses"),
        }[name]
