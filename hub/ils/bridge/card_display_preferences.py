"""Copy a patron's display preferences to circulation, which sends them to kiosks with the cards."""

from __future__ import annotations

from hub.circulation.models import CardDisplayPreferences, Patron
from hub.core.encrypted_fields import KeyIsAnother
from hub.outreach.patrons.models import Person


def store_preferences(sender: object, person: Person, text: str, **_more: object) -> None:
    """Store the preferences if they have changed, so that kiosks do not fetch unchanged ones again."""
    if not text:
        CardDisplayPreferences.objects.filter(patron__ref=person.ref).delete()
        return
    before = CardDisplayPreferences.objects.filter(patron__ref=person.ref).first()
    if before is not None and _is(before, text):
        return
    patron = Patron.objects.filter(ref=person.ref).first()
    if patron is not None:
        CardDisplayPreferences.objects.update_or_create(patron=patron, defaults={"text": text})


def _is(before: CardDisplayPreferences, text: str) -> bool:
    try:
        return bool(before.text.decrypt() == text)
    except KeyIsAnother:
        return False


def delete_preferences(sender: object, instance: Person, **_more: object) -> None:
    CardDisplayPreferences.objects.filter(patron__ref=instance.ref).delete()
