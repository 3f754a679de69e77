"""Show a patron's record to staff: every field with its source."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from hub.core.clock import hub_clock
from hub.core.language import language_names, text_languages
from hub.core.pages import formatting
from hub.core.pages.frame import staff_frame
from hub.core.pages.page import page, staff_page
from hub.outreach.library_system.central import the_central
from hub.outreach.patrons import consents, data_export, erasure, family_cards, key_patrons, records
from hub.outreach.patrons.channels import ADDRESSED, CHOSEN, Channel
from hub.outreach.patrons.models import Change, Code, Consent, Contact, FieldConsent, Person, ProfileField, Source
from hub.outreach.patrons.pages.shared import ContactRow, MaskedPatron, UsedRow, get_person, masked_patrons, origin
from hub.outreach.patrons.purposes import ASKED, MessageKind, Purpose
from hub.outreach.patrons.records import channel_order, person_of
from hub.outreach.patrons.registration import possible_duplicates

CHANGES = 20
NEW_FOR = timedelta(days=30)
"""How long after the registration the record names possible duplicates."""
PLACES = 3


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """Purpose, the current answer with its source, and the consent text."""

    purpose: str
    name: str
    is_given: bool
    note: str
    text: str


@dataclass(frozen=True, slots=True)
class FactRow:
    """Profile field with its value and source."""

    name: str
    words: str
    value: str
    note: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """Entry of the change log, in words."""

    subject: str
    act: str
    author: str
    time: str


@dataclass(frozen=True, slots=True)
class NoteRow:
    """Note of staff."""

    pk: int
    words: str
    author: str
    day: str


@dataclass(frozen=True, slots=True)
class AlikeRow:
    """Possible duplicate, and what both records share."""

    patron: MaskedPatron | None
    person: int
    shared: str


@dataclass(frozen=True, slots=True)
class OrderRow:
    """Order of channels for a kind of message; `kind` is empty for all others."""

    kind: str
    words: str
    channels: tuple[str, ...]


def panel(request: HttpRequest, ref: str) -> tuple[str, Mapping[str, object]] | None:
    """Return the record panel of the patron page: masked contacts, consents, guardian and next action."""
    person = person_of(ref)
    if person is None:
        return None
    given = [str(Purpose(each.purpose).label) for each in _newest(person).values() if each.given]
    return "patrons/panel.html", {
        "person": person,
        "erase_due": formatting.date_and_time(person.erase_due_at) if person.erase_due_at else "",
        "contacts": _contacts(person, masked=True),
        "consents": _(", ").join(given),
        "guardian": _guardian(person),
        "alike": _alike(person),
        "is_key": key_patrons.is_key(person, hub_clock().now()),
        "keeps_patrons": the_central().keeps_patrons(),
        "request": request,
    }


def notes_panel(request: HttpRequest, ref: str) -> tuple[str, Mapping[str, object]] | None:
    """Return the panel with the notes of staff; None for an unknown patron."""
    person = person_of(ref)
    if person is None:
        return None
    return "patrons/notes.html", {
        "person": person,
        "notes": [
            NoteRow(each.pk, each.words.decrypt(), each.by, formatting.day(each.at)) for each in person.notes.all()
        ],
        "request": request,
    }


def changes_of(ref: str) -> list[ChangeRow]:
    """Return the newest changes of the patron's contacts, consents and details; empty for an unknown patron."""
    person = person_of(ref)
    return [_change(each) for each in person.changes.all()[:CHANGES]] if person else []


@staff_page
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the whole record with all its actions."""
    return render_record(request, get_person(pk))


def render_record(request: HttpRequest, person: Person, faults: Mapping[str, object] | None = None) -> HttpResponse:
    """Render the page; after an invalid form with its error messages and the text entered."""
    return page(request, "patrons", "patrons/record.html", {
        **staff_frame().record_header(request, person.ref, "contact"),
        "person": person,
        "languages": language_names(text_languages()),
        "contacts": _contacts(person, masked=False),
        "channels": ADDRESSED,
        "every_channel": CHOSEN,
        "orders": [_order(person, each) for each in ("", *_kinds_with_order(person))],
        "kinds": [each for each in MessageKind if each.value not in _kinds_with_order(person)],
        "facts": _facts(person),
        "consents": [_consent(each, _newest(person).get(each)) for each in ASKED],
        "guardian": _guardian(person),
        "alike": _alike(person),
        "is_key": key_patrons.is_key(person, hub_clock().now()),
        "keeps_pins": the_central().keeps_pins(),
        "keeps_patrons": the_central().keeps_patrons(),
        **(faults or {}),
    }, status=400 if faults else 200)  # fmt: skip


def _contacts(person: Person, *, masked: bool) -> list[ContactRow]:
    now = hub_clock().now()
    old = set(records.contacts_to_check(now).filter(person=person).values_list("pk", flat=True))
    waiting = set(Code.objects.filter(person=person, used_at=None, until__gt=now).values_list("contact_id", flat=True))
    used = _uses(person)
    return [
        ContactRow.from_contact(
            each,
            check=each.pk in old,
            code=each.pk in waiting,
            masked=each.masked if masked else "",
            used=used[each.channel],
        )
        for each in Contact.objects.filter(person=person, replaced_at=None)
    ]


def _uses(person: Person) -> Mapping[str, UsedRow]:
    """Return the rows by field."""
    return {field: _use_row(each) for field, each in consents.uses_by_field(person).items()}


def _use_row(now: consents.FieldConsentState) -> UsedRow:
    lines = [
        _("{purpose}: since {day}, {by}, text {version}").format(
            purpose=Purpose(each.purpose).label,
            day=formatting.day(each.at),
            by=_source_text(each.by),
            version=each.text_version,
        )
        for each in now.serves
    ]
    return UsedRow(tuple(lines or [_loans_alone(now.refusal)]), bool(lines), now.more)


def _loans_alone(refusal: FieldConsent | None) -> str:
    if refusal is None:
        return _("Only for loans, holds and replies")
    return _("Only for loans, holds and replies: news withdrawn on {day}, {by}").format(
        day=formatting.day(refusal.at), by=_source_text(refusal.by)
    )


def _source_text(by: str) -> str:
    """Translate the source in a signature such as `staff grace`."""
    source, _space, name = by.partition(" ")
    return f"{Source(source).label} {name}".strip() if source in Source.values else by


def _kinds_with_order(person: Person) -> list[str]:
    return list(person.orders.exclude(kind="").values_list("kind", flat=True))


def _order(person: Person, kind: str) -> OrderRow:
    channels = channel_order(person, kind)
    places = tuple([*channels, *[""] * PLACES][: max(PLACES, len(channels))])
    return OrderRow(kind, MessageKind(kind).label if kind else _("All messages"), places)


def _facts(person: Person) -> list[FactRow]:
    known = {each.name: each for each in person.facts.all()}
    return [_fact(each, known.get(each)) for each in ProfileField.Name]


def _fact(name: ProfileField.Name, fact: ProfileField | None) -> FactRow:
    if fact is None:
        return FactRow(name, name.label, "", "")
    text = origin(fact.source, fact.told_at)
    if fact.verified_at is not None and fact.verified_at != fact.told_at:
        text = _("{told}, confirmed {day}").format(told=text, day=formatting.day(fact.verified_at))
    return FactRow(name, name.label, fact.value.decrypt(), text)


def _newest(person: Person) -> dict[str, Consent]:
    return {each.purpose: each for each in reversed(person.consents.all())}


def _consent(purpose: Purpose, newest: Consent | None) -> ConsentRow:
    text = consents.text(purpose)
    if newest is None:
        note = ""
    elif newest.given:
        note = _("since {day}, {by}, text {version}").format(
            day=formatting.day(newest.at), by=_source_text(newest.by), version=newest.text_version
        )
    else:
        note = _("withdrawn {day}, {by}").format(day=formatting.day(newest.at), by=_source_text(newest.by))
    return ConsentRow(purpose, purpose.label, bool(newest and newest.given), note, consents.words(text))


def _alike(person: Person) -> list[AlikeRow]:
    """Return possible duplicates of a patron who is not confirmed yet, or who was registered in the last weeks."""
    is_new = person.provisional or person.since > hub_clock().now() - NEW_FOR
    found = possible_duplicates(person) if is_new else []
    names = masked_patrons(each.person for each in found)
    return [AlikeRow(names.get(each.person.ref), each.person.pk, each.shared) for each in found]


def _guardian(person: Person) -> object:
    return masked_patrons([person.guardian]).get(person.guardian.ref) if person.guardian else None


def _change(change: Change) -> ChangeRow:
    known = {**dict(Channel.choices), **dict(ProfileField.Name.choices), **_other_changes()}
    return ChangeRow(
        subject=str(known.get(change.what, change.what)),
        act=change.get_act_display(),
        author=" ".join(filter(None, (change.get_source_display(), change.by))),
        time=formatting.date_and_time(change.at),
    )


def _other_changes() -> dict[str, str]:
    return {
        "guardian": _("guardian"),
        "language": _("language and quiet hours"),
        "quiet": _("language and quiet hours"),
        "look": _("screen settings"),
        "order": _("order of channels"),
        "key": _("key patron set by staff"),
        "pin": _("PIN"),
        "cards": _("cards"),
        "consent": _("consent"),
        data_export.WHAT: _("copy of all data"),
        family_cards.WHAT: _("family card"),
        "merge": _("records merged"),
        erasure.WHAT: _("erasure request"),
    }
