"""Show and delete the display preferences that kiosks remember for the patron's card."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from hub.outreach.patrons.models import Person, Source
from hub.outreach.patrons.records import RecordSource
from hub.outreach.portal.models import DisplayPreferences, Scope
from hub.outreach.portal.my_details import display_preferences as looks
from hub.outreach.portal.portal_session import signed_in
from lending import display_preferences as look
from lending.languages import languages


def describe_preferences(person: Person) -> str:
    """Return them in words, such as `English, larger text`; empty if nothing is remembered."""
    row = DisplayPreferences.objects.filter(person=person).first()
    if row is None:
        return ""
    found = look.read(row.text.decrypt())
    if found is None:
        return _("as you set them at the kiosk")
    words, (name, _short) = _settings(), languages()[found.language].names_beside(languages())
    parts = [name, *(words[each] for each in look.SETTINGS if each in found.on)]
    return _(", ").join(parts)


def _settings() -> dict[str, str]:
    return {
        "large_text": _("larger text"),
        "contrast": _("high contrast"),
        "lower": _("lower buttons"),
        "still": _("reduced motion"),
        "voice": _("read aloud"),
        "hide_titles": _("titles hidden"),
        "upright": _("vertical Mongolian script"),
    }


@require_POST
@signed_in(Scope.ALL)
def forget(request: HttpRequest, person: Person) -> HttpResponse:
    """Delete them, so that kiosks show the patron their default screen."""
    looks.remember(person, look.OFF, RecordSource(Source.PHONE))
    messages.success(request, _("The settings are no longer remembered. All kiosks are updated within 1 hour."))
    return redirect("portal:known")
