"""Store and delete a patron's display preferences for kiosk screens; a signal announces changes."""

from __future__ import annotations

from django.dispatch import Signal

from hub.outreach.patrons.models import Change, Person
from hub.outreach.patrons.records import RecordSource, note
from hub.outreach.portal.models import DisplayPreferences
from lending import display_preferences
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


def remembered(person: Person) -> bool:
    """Return whether preferences are stored for the patron."""
    return DisplayPreferences.objects.filter(person=person).exists()
