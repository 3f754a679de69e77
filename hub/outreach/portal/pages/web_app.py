"""Describe the portal as an app that phones can install on the home screen."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hub.outreach.library_system.registry import the_central
from hub.outreach.portal.portal_session import patrons_page


@require_safe
@patrons_page
def manifest(_request: HttpRequest) -> HttpResponse:
    """Return the web app manifest. Source: W3C Web Application Manifest."""
    english = (translation.get_language() or "").startswith("en")
    name, home = the_central().library("en" if english else "zh"), reverse("portal:home")
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
