"""Serve what belongs to the portal as a whole: its app and service worker, its languages, its printed QR codes."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from hub.core.language import language_names, page_language, page_languages, text_languages
from hub.core.pages.formatting import qr
from hub.core.pages.page import page as staff_page
from hub.core.pages.page import staff_only
from hub.core.signed_links import public_url
from hub.outreach.library_system.central import the_central
from hub.outreach.patrons.look import Tone
from hub.outreach.patrons.models import LibraryLook
from hub.outreach.portal.portal_session import page, patrons_page

FILES = ("portal/portal.css", "covers/covers.css", "portal/icon.svg")
"""Static files of every page."""
START = "/p/"
"""Beginning of the addresses to which a choice leads back."""


@dataclass(frozen=True, slots=True)
class PrintedCode:
    """QR code with its caption in both languages, as readers may speak either."""

    name: str
    chinese: str
    english: str
    address: str
    picture: str


@require_safe
@patrons_page
def manifest(_request: HttpRequest) -> HttpResponse:
    """Return the web app manifest. Source: W3C Web Application Manifest."""
    name, home = the_central().library(page_language()), reverse("portal:home")
    tabs = ((_("My loans"), "portal:loans"), (_("Find a book"), "opac:find"))
    icons: list[dict[str, str]] = [
        {"src": static(f"portal/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in (192, 512)
        for purpose in ("any", "maskable")
    ]
    found = {
        "id": home,
        "name": name,
        "short_name": name,
        "lang": translation.get_language(),
        "start_url": home,
        "scope": home,
        "display": "standalone",
        "background_color": "#f4efe5",
        "theme_color": "#f4efe5",
        "icons": icons,
        "shortcuts": [{"name": words, "url": reverse(url)} for words, url in tabs],
    }
    return JsonResponse(found, content_type="application/manifest+json")


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """Return the service worker. Source: W3C Service Workers; its own policy lets it contact the hub only."""
    files = [static(each) for each in FILES]
    context = {
        "version": _version(),
        "offline": reverse("portal:offline"),
        "files": files,
        "ends": [reverse("portal:sign_out"), reverse("portal:erase")],
    }
    response = render(request, "portal/worker.js", context, content_type="text/javascript")
    response["Cache-Control"] = "no-cache"
    response["Content-Security-Policy"] = "default-src 'none'; connect-src 'self'"
    return response


@require_safe
@cache_control(public=True, max_age=86_400)
def look(_request: HttpRequest) -> HttpResponse:
    """Return the library's accent as a style sheet that follows the product's own."""
    found = LibraryLook.now()
    rules = f"""{_root(found.tone("light"))}
@media (prefers-color-scheme: dark), (prefers-contrast: more) {{ {_root(found.tone("dark"))} }}
"""
    return HttpResponse(rules, content_type="text/css")


def _root(tone: Tone) -> str:
    return f":root {{ --accent: {tone.accent}; --on-accent: {tone.on_accent}; }}"


@require_safe
@cache_control(public=True, max_age=86_400)
def logo(_request: HttpRequest) -> HttpResponse:
    """Return the library's logo."""
    found = bytes(LibraryLook.now().logo)
    if not found:
        raise Http404
    return HttpResponse(found, content_type="image/png")


@require_safe
@patrons_page
def offline(request: HttpRequest) -> HttpResponse:
    """Return the page for what was not seen before; it says nothing about the patron and uses up no message."""
    return page(request, "offline", {"pressing": 0, "messages": ()})


@cache
def _version() -> str:
    """Return a hash of the files: browsers fetch them again when it changes."""
    found = (finders.find(each) for each in FILES)
    return sha256(b"".join(Path(each).read_bytes() for each in found if each)).hexdigest()[:12]


@require_safe
@patrons_page
def languages(request: HttpRequest) -> HttpResponse:
    """Offer each language by its own name. The choice leads back to the page before."""
    back = request.GET.get("next", "")
    rows = [
        (each.code, each.name, _draft(each.code) if each.is_draft else "", each.is_current) for each in page_languages()
    ]
    back = back if back.startswith(START) else reverse("portal:home")
    written = [name for _code, name in language_names(text_languages())]
    shown = next(each.name for each in page_languages() if each.is_current)
    other = "" if page_language() in text_languages() else written[0]
    return page(request, "languages", {"rows": rows, "back": back, "written": written, "shown": shown, "other": other})


def _draft(code: str) -> str:
    """Return the mark of a draft, in that language."""
    with override(code):
        return _("Draft, not yet checked by a native reader")


@require_safe
@staff_only
def qr_codes(request: HttpRequest) -> HttpResponse:
    """Show the QR codes for printing, with a warning if the public URL is local."""
    return staff_page(request, "portal", "portal/posters.html", {
        "posters": [_printed_code(name) for name in ("home", "loans", "say", "suggest", "courses")],
        "local": public_url("portal:home").startswith("http://127."),
    })  # fmt: skip


def _printed_code(name: str) -> PrintedCode:
    where = public_url(f"portal:{name}")
    return PrintedCode(name, _localised_title(name, "zh-hans"), _localised_title(name, "en"), where, qr(where))


def _localised_title(name: str, language: str) -> str:
    with translation.override(language):
        return {
            "home": _("The library on your phone"),
            "loans": _("My loans"),
            "say": _("Give feedback"),
            "suggest": _("Suggest a book"),
            "courses": _("Courses"),
        }[name]
