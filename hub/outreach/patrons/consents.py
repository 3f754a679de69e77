"""Record a person's consents, each purpose separately and with the version of the text shown."""

from collections.abc import Collection
from datetime import UTC, datetime

from hub.core.clock import hub_clock
from hub.core.language import is_english
from hub.outreach.patrons import field_consents
from hub.outreach.patrons.consent_texts import SHIPPED
from hub.outreach.patrons.contacts import recipient_of
from hub.outreach.patrons.models import Consent, ConsentText, Person
from hub.outreach.patrons.purposes import MARKETING, Purpose
from lending.kiosk_consents import ConsentWording


def has_consented(person: Person, purpose: str) -> bool:
    """Return whether the person consents now. `SERVICE` is always True: loans need no consent.

    A parent or guardian consents for a child.
    """
    if purpose == Purpose.SERVICE:
        return True
    newest = Consent.objects.filter(person=person, purpose=purpose).values_list("given", flat=True).first()
    return bool(newest)


def all_given(purpose: str, among: Collection[int] | None = None) -> set[int]:
    """Return the ids of all persons, or of those in `among`, who consent to the purpose now; one query."""
    rows = Consent.objects.filter(purpose=purpose)
    if among is not None:
        rows = rows.filter(person__in=among)
    newest: dict[int, bool] = dict(rows.order_by("at", "id").values_list("person_id", "given"))
    return {pk for pk, agrees in newest.items() if agrees}


def give(person: Person, purpose: str, by: str, text_version: str, at: datetime | None = None) -> None:
    """Record a consent; a repetition of the same text version is ignored.

    For marketing purposes the consent covers each address the person has now, except those reserved for loans.

    `by` is who recorded it: `staff grace`, `kiosk front`, `phone` or `import`.
    """
    at = at or hub_clock().now()
    _note(person, purpose, True, by, text_version, at)
    if purpose in MARKETING:
        field_consents.extend(recipient_of(person), purpose, by, text_version, at)


def withdraw(person: Person, purpose: str, by: str, at: datetime | None = None) -> None:
    """Record a withdrawal. Receivers of `post_save` of `Consent` remove what depended on it."""
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
    """Return the text shown for the purpose now: the library's own, or the default."""
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
    """Return the kiosk's text for the purpose, stored as a version of its own. Web pages never show it."""
    text(purpose)
    made, _new = ConsentText.objects.get_or_create(
        purpose=purpose,
        version=shown.version,
        defaults={"chinese": shown.chinese, "english": shown.english, "since": datetime(2026, 1, 1, tzinfo=UTC)},
    )
    return made


def refused(person: Person, purpose: str) -> bool:
    """Return whether the last answer was no; False if the person was never asked."""
    newest = Consent.objects.filter(person=person, purpose=purpose).values_list("given", flat=True).first()
    return newest is False


def words(shown: ConsentText) -> str:
    """Return the text in the active language."""
    return str(shown.english if is_english() else shown.chinese)
