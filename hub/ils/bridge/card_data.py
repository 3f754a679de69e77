"""Copy recommendations and display preferences to circulation, which sends them to kiosks with the patron's cards.

Recommendations are deleted as soon as consent is withdrawn.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from hub.circulation.models import CardDisplayPreferences, CardRecommendations, Patron
from hub.core.encrypted_fields import KeyIsAnother
from hub.core.retrying_transaction import atomic
from hub.outreach.patrons.models import Consent, Person
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.recommendations.reading_profiles import recommendation_picker, recommendations
from lending import wire

BATCH = 500
NEEDED = (Purpose.HISTORY, Purpose.RECOMMENDATIONS)


def carry(_now: datetime) -> int:
    """Update all patrons' recommendations; return how many changed.

    Unchanged ones are not written, so that kiosks do not fetch them again.
    """
    people = recommendation_picker.all_allowed()
    changed = sum(_carry(people[at : at + BATCH]) for at in range(0, len(people), BATCH))
    refs = set(Person.objects.filter(pk__in=people).values_list("ref", flat=True))
    obsolete = [pk for pk, ref in CardRecommendations.objects.values_list("pk", "patron__ref") if ref not in refs]
    for at in range(0, len(obsolete), BATCH):
        CardRecommendations.objects.filter(pk__in=obsolete[at : at + BATCH]).delete()
    return changed + len(obsolete)


@atomic
def _carry(people: list[int]) -> int:
    texts = {ref: wire.picks_text(found) for ref, found in recommendations.by_patron(people).items()}
    refs = Person.objects.filter(pk__in=people).values_list("ref", flat=True)
    rows = {
        each.patron.ref: each
        for each in CardRecommendations.objects.filter(patron__ref__in=list(refs)).select_related("patron")
    }
    patrons = dict(Patron.objects.filter(ref__in=list(texts)).values_list("ref", "pk"))
    new = [
        CardRecommendations(patron_id=patrons[ref], picks=texts[ref])
        for ref in texts
        if ref in patrons and ref not in rows
    ]
    other = [row for ref, row in rows.items() if ref in texts and row.picks != texts[ref]]
    for row in other:
        row.picks = texts[row.patron.ref]
    obsolete = [row.pk for ref, row in rows.items() if ref not in texts]
    CardRecommendations.objects.bulk_create(new, ignore_conflicts=True)
    CardRecommendations.objects.bulk_update(other, ("picks",))
    CardRecommendations.objects.filter(pk__in=obsolete).delete()
    return len(new) + len(other) + len(obsolete)


def consent_changed(sender: object, instance: Consent, **_more: object) -> None:
    """Delete the recommendations as soon as consent is withdrawn: kiosks then receive the deletion."""
    if instance.purpose in NEEDED and not instance.given:
        CardRecommendations.objects.filter(patron__ref=instance.person.ref).delete()


def title_rated(sender: object, instance: Any, **_more: object) -> None:
    """Update the recommendations after the patron has rated a title, or taken the rating back."""
    _carry_later(instance.person_id)


def interests_changed(sender: object, person: Person, **_more: object) -> None:
    """Update the recommendations after the patron has changed what may be stored and inferred."""
    _carry_later(person.pk)


def _carry_later(person: int) -> None:
    transaction.on_commit(lambda: _carry(recommendations.consenting_people([person])))


def delete_recommendations(sender: object, instance: Person, **_more: object) -> None:
    CardRecommendations.objects.filter(patron__ref=instance.ref).delete()


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


def delete_services(sender: object, instance: Person, **_more: object) -> None:
    Patron.objects.filter(ref=instance.ref).exclude(services="").update(services="")
