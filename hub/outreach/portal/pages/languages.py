"""List the languages of the patrons' pages; the drafts among them say so."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hub.outreach.portal.portal_session import page, patrons_page

DRAFTS = frozenset({"zh-hant", "mn"})
"""Languages whose translation no native reader has approved."""
START = "/p/"
"""Beginning of the addresses to which a choice leads back."""


@require_safe
@patrons_page
def languages(request: HttpRequest) -> HttpResponse:
    """Offer each language by its own name. The choice leads back to the page before."""
    back = request.GET.get("next", "")
    rows = [
        (code, name, _draft(code) if code in DRAFTS else "", code == get_language())
        for code, name in settings.LANGUAGES
    ]
    return page(
        request, "languages", {"rows": rows, "back": back if back.startswith(START) else reverse("portal:home")}
    )


def _draft(code: str) -> str:
    """Return the mark of a draft, in that language."""
    with override(code):
        return _("Draft, not yet checked by a native reader")
