"""Keeps what a person agreed to, each purpose by itself and with the words she was shown; asks nobody."""

from collections.abc import Collection
from datetime import UTC, datetime

from django.utils import translation

from hub.core.clock import hub_clock
from hub.outreach.profiles import field_consents
from hub.outreach.profiles.consent_texts import SHIPPED
from hub.outreach.profiles.contacts import spoken_to
from hub.outreach.profiles.models import Consent, ConsentText, Person
from hub.outreach.profiles.purposes import MARKETING, Purpose
from lending.kiosk_consents import ConsentWording


def given(person: Person, purpose: str) -> bool:
    """Whether she agrees now. A child's guardian agrees for her. What a loan needs is not asked for."""
    if purpose == Purpose.SERVICE:
        return True
    newest = Consent.objects.filter(person=person, purpose=purpose).values_list("given", flat=True).first()
    return bool(newest)


def all_given(purpose: str, among: Collection[int] | None = None) -> set[int]:
    """The keys of all persons, or of those `among` whom they are sought, who agree to the purpose now; one query."""
    rows = Consent.objects.filter(purpose=purpose)
    if among is not None:
        rows = rows.filter(person__in=among)
    newest: dict[int, bool] = dict(rows.order_by("at", "id").values_list("person_id", "given"))
    return {pk for pk, agrees in newest.items() if agrees}


def give(person: Person, purpose: str, by: str, text_version: str, at: datetime | None = None) -> None:
    """Notes her yes to these words, once. `by` says who noted it: `staff grace`, `kiosk front`, `phone`, `import`.

    What is sent on it may go to each address that she has now, but for those that she keeps for her loans.
    """
    at = at or hub_clock().now()
    _note(person, purpose, True, by, text_version, at)
    if purpose in MARKETING:
        field_consents.cover(spoken_to(person), purpose, by, text_version, at)


def withdraw(person: Person, purpose: str, by: str, at: datetime | None = None) -> None:
    """Notes her no; whatever was built on her yes must go by itself: ask `given`."""
    _note(person, purpose, False, by, "", at)


def _note(person: Person, purpose: str, yes: bool, by: str, version: str, at: datetime | None) -> None:
    newest = Consent.objects.filter(person=person, purpose=purpose).first()
    if newest is not None and (newest.given, newest.text_version) == (yes, version):
        return
    Consent.objects.create(
        person=person,
        purpose=Purpose(purpose),
        given=yes,
        text_version=version,
        by=by,
        at=at or hub_clock().now(),
    )


def text(purpose: str) -> ConsentText:
    """The words that are shown for the purpose now; the shipped ones until the library writes its own."""
    newest: ConsentText | None = ConsentText.objects.filter(purpose=purpose).first()
    if newest is not None:
        return newest
    version, chinese, english = SHIPPED[purpose]
    made, _new = ConsentText.objects.get_or_create(
        purpose=purpose,
        version=version,
        defaults={"chinese": chinese, "english": english, "since": hub_clock().now()},
    )
    return made


def text_of_kiosks(purpose: str, shown: ConsentWording) -> ConsentText:
    """The words that a kiosk shows for the purpose, kept beside the others: they are never those of pages."""
    text(purpose)
    made, _new = ConsentText.objects.get_or_create(
        purpose=purpose,
        version=shown.version,
        defaults={"chinese": shown.chinese, "english": shown.english, "since": datetime(2026, 1, 1, tzinfo=UTC)},
    )
    return made


def refused(person: Person, purpose: str) -> bool:
    """Whether her last word to it was a no; who was never asked has refused nothing."""
    newest = Consent.objects.filter(person=person, purpose=purpose).values_list("given", flat=True).first()
    return newest is False


def words(shown: ConsentText) -> str:
    """The text in the language that is spoken now."""
    return str(shown.english if (translation.get_language() or "").startswith("en") else shown.chinese)
