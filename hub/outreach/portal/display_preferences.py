"""Store, describe and delete a patron's display preferences for kiosk screens; a signal announces changes."""

from __future__ import annotations

from django.contrib import messages
from django.dispatch import Signal
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from hub.outreach.patrons.models import Change, Person, Source
from hub.outreach.patrons.records import RecordSource, note
from hub.outreach.portal.models import DisplayPreferences, Scope
from hub.outreach.portal.portal_session import signed_in
from lending import display_preferences
from lending.languages import languages
from lending.responses import StoredPreferences

changed = Signal()
"""Signal with `person` and `text`; the text is empty if the preferences were deleted."""


def remember(person: Person, text: str, by: RecordSource) -> bool:
    """Store the preferences, or delete them for `off`; return False for an invalid text."""
    if text == display_preferences.OFF:
        DisplayPreferences.objects.filter(person=person).delete()
        note(person, StoredPreferences.ask, Change.Act.REMOVED, by)
        changed.send(DisplayPreferences, person=person, text="")
        return True
    if display_preferences.read(text) is None:
        return False
    _row, new = DisplayPreferences.objects.update_or_create(person=person, defaults={"text": text})
    if new:
        note(person, StoredPreferences.ask, Change.Act.ADDED, by)
    changed.send(DisplayPreferences, person=person, text=text)
    return True


def describe_preferences(person: Person) -> str:
    """Return them in words, such as `English, larger text`; empty if nothing is remembered."""
    row = DisplayPreferences.objects.filter(person=person).first()
    if row is None:
        return ""
    found = display_preferences.read(row.text.decrypt())
    if found is None:
        return _("as you set them at the kiosk")
    words, (name, _short) = _settings(), languages()[found.language].names_beside(languages())
    parts = [name, *(words[each] for each in display_preferences.SETTINGS if each in found.on)]
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
    remember(person, display_preferences.OFF, RecordSource(Source.PHONE))
    messages.success(request, _("The settings are no longer remembered. All kiosks are updated within 1 hour."))
    return redirect("portal:known")
