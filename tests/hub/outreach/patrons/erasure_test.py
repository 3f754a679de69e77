"""Test that an erased patron is found nowhere in the database, in no table and not in the raw file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import (
    CASCADE,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    DecimalField,
    Field,
    FloatField,
    ForeignKey,
    IntegerField,
    JSONField,
    TextField,
    UUIDField,
)
from django.test import Client
from django.urls import reverse

from hub.circulation import cards
from hub.circulation.models import CirculationEvent, Fee, Loan, Patron
from hub.circulation.operations import hold_queue, loan_changes
from hub.circulation.operations.context import OperationResult
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.library_system.central import the_central
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import consents, data_export, records, registration, verification_codes
from hub.outreach.patrons.erasure import erase, go_on
from hub.outreach.patrons.models import Code, Contact, Note, Person, Source
from hub.outreach.patrons.records import RecordSource
from hub.outreach.patrons.registration import FilledForm
from lending.kiosk_consents import TELL_ME
from tests.hub.support.world import ADA_UID, World, make_world

STAFF, KIOSK = RecordSource(Source.STAFF, "grace"), RecordSource(Source.KIOSK, "front")
NAME, MAIL, MOBILE, UID = "Zyxmark Vwanted", "zyxmark@example.org", "+8613999887766", "04EEDDCC"
STREET, YEAR, NOTE = "Zyxmark Street 7", "1987", "Zyxmark paid late"
MARKED = (NAME, "Zyxmark", MAIL, MOBILE, "13999887766", UID, STREET, NOTE)


@pytest.fixture
def small(transactional_db: None) -> World:
    return make_world()


def plant_patron(world: World) -> tuple[Person, str]:
    """Create a patron with a row in every table that can hold one; return the patron and their number."""
    taken = registration.register(
        FilledForm(NAME, "adult", "en", {"mail": MAIL, "sms": MOBILE}, {"address": STREET, "birth_year": YEAR}), STAFF
    )
    person, patron = taken.person, Patron.objects.get(ref=taken.person.ref)
    assert the_central().give_card(person.ref, UID, "grace")
    for item in (world.dune, world.emma):
        world.upload(world.checkout(item, UID))
    hold_queue.place(world.by, patron, world.utopia.title, world.main)
    Fee.objects.create(patron=patron, kind="other", amount=3, charged_at=world.by.now, note=NOTE)
    contact = records.store_contact(person, "mail", f"new-{MAIL}", KIOSK)
    verification_codes.send(contact, Code.Aim.BIND)
    consents.give(person, "digest", "kiosk front", consents.text("digest").version)
    Note.objects.create(person=person, words=NOTE, by="grace", at=hub_clock().now())
    carry()
    use_staff_pages(patron)
    return person, taken.identifier


def use_staff_pages(patron: Patron) -> None:
    """Let staff look up, serve and edit the patron."""
    user = User.objects.create_user("grace", password="x", is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(user)
    client.get(reverse("staff:patrons"), {"q": NAME})
    client.get(reverse("staff:patron", args=(patron.pk,)))
    client.post(reverse("staff:patron_status", args=(patron.pk, "active")))
    entry = {"id": "0192f0c1-2b7c-7d3a-9e54-0242ac120002", "text": UID, "patron": "", "mode": "borrow"}
    answer = client.post(reverse("staff:entry"), json.dumps(entry), "application/json")
    assert "Zyxmark" in answer.content.decode(), "the name is shown and stored in the session"
    LogEntry.objects.create(
        user=user,
        content_type=ContentType.objects.get_for_model(Patron),
        object_id=str(patron.pk),
        object_repr=str(patron),
        action_flag=CHANGE,
        change_message=json.dumps([{"changed": {"name": "patron", "object": NAME}}]),
    )


def plant_dependent_rows(person: Person) -> set[str]:
    """Create a row in every table that depends on a person, with the name in each text; return the tables."""
    tables = set()
    for relation in Person._meta.related_objects:
        model = relation.related_model
        if relation.on_delete is not CASCADE:
            continue  # it is unlinked and does not identify the patron
        columns = [each for each in model._meta.concrete_fields if not each.primary_key]
        values = {each.attname: _marked(each, person) for each in columns}
        try:
            with transaction.atomic():
                model._default_manager.create(**values)
        except (IntegrityError, ValidationError):
            continue  # it also depends on a row of another model
        tables.add(model._meta.label_lower)
    return tables


def _marked(field: Field[Any, Any], person: Person) -> object:
    match field:
        case ForeignKey() if field.related_model is Person:
            return person.pk
        case _ if field.choices:
            return next(value for value, _words in field.flatchoices if value != "")
        case JSONField():
            return {"name": NAME}
        case UUIDField():
            return uuid4()
        case DateTimeField():
            return hub_clock().now()
        case DateField():
            return hub_clock().now().date()
        case BooleanField():
            return False
        case IntegerField() | FloatField() | DecimalField():
            return 1
        case CharField() | TextField():
            return NAME[: field.max_length or 100]
        case _:
            return None


def settle(world: World) -> None:
    """Return all items and pay all fees."""
    for item in (world.dune, world.emma):
        world.upload(world.checkin(item, "trusted"))
    Fee.objects.filter(paid=0).update(paid=3)


def all_columns() -> Iterator[tuple[str, str]]:
    """Return every non-numeric column of every table as text, with session data decoded."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                yield from ((f"{table}.{name}", _text(value)) for name, value in zip(names, row, strict=True))
    for session in Session.objects.all():
        yield "django_session (opened)", str(session.get_decoded())


def _text(value: object) -> str:
    raw = bytes(value) if isinstance(value, bytes | memoryview) else None
    return raw.decode("utf-8", "replace") if raw is not None else str(value)


def places_of(*words: str) -> set[str]:
    return {place for place, text in all_columns() for word in words if word.casefold() in text.casefold()}


def raw() -> bytes:
    return Path(connection.settings_dict["NAME"]).read_bytes()


def test_erasure_leaves_no_identifying_text_in_any_table_or_file(small: World) -> None:
    person, number = plant_patron(small)
    ref, hashes = person.ref, [cards.hash_number(UID), cards.hash_number(number)]
    assert {"circulation_patron.name", "django_admin_log.object_repr", "circulation_fee.note"} <= places_of(*MARKED)
    assert not places_of(MAIL, MOBILE, STREET), "contacts are encrypted"
    settle(small)
    carry()
    assert not erase(ref, hub_clock().now())
    carry()
    assert places_of(*MARKED, number) == set()
    kept = {"circulation_circulationevent.data", "audit_accesslogentry.ref", "audit_historicalpatron.ref"}
    assert places_of(ref) <= kept, "feed, audit and history keep only a pseudonym"
    assert not Patron.objects.filter(ref=ref).exists()
    assert the_central().standing([ref]) == {}
    assert places_of(*hashes) <= {
        "circulation_transaction.body",
        "circulation_unnumberedchange.what",
    }, "the keyed card hash has no row behind it; kiosks must still learn of the deletion"
    assert cards.holder_of(UID) is None
    assert not any(event.data.get("card") for event in CirculationEvent.objects.filter(data__patron=ref))
    assert not Message.objects.exists()
    if connection.vendor == "sqlite":
        assert [word for word in (*MARKED, number) if word.encode() in raw()] == [], "free pages of the file"


def test_erasure_deletes_dependent_rows_of_every_table(small: World) -> None:
    person = Person.objects.create(ref=small.ada.ref, since=hub_clock().now())
    Patron.objects.filter(pk=small.ada.pk).update(name=NAME)
    tables = plant_dependent_rows(person)
    assert {"messaging.message", "recommendations.loanlength", "patrons.note", "engagement.ticket"} <= tables
    assert len(places_of(NAME)) > 5
    assert not erase(person.ref, hub_clock().now())
    carry()
    assert places_of(NAME) == set()


def test_kiosk_search_text_is_erased_and_repeat_stays_accepted(small: World) -> None:
    words = "Zyxmark Road at night"
    row = small.row("said", ask="search", answer=words, about=TELL_ME.version, card=cards.hash_number(ADA_UID))
    first = small.upload(row)
    carry()
    assert places_of(words) >= {"circulation_transaction.body", "circulation_circulationevent.data"}
    assert not erase(small.ada.ref, hub_clock().now())
    carry()
    assert places_of(words) == set()
    assert small.upload(row) == first and not small.open_cases()
    carry()
    assert places_of(words) == set()


def test_remaining_loans_belong_to_anonymous_patron(small: World) -> None:
    person, _number = plant_patron(small)
    settle(small)
    erase(person.ref, hub_clock().now())
    loans = list(Loan.objects.all())
    assert {each.patron.identifier for each in loans} == {f"erased-{small.adult.pk}"}
    assert len(loans) == 2
    assert [each.note for each in Fee.objects.all()] == [""]


def test_erasure_reports_open_loans_and_fees_and_completes_later(small: World) -> None:
    person, number = plant_patron(small)
    erased = erase(person.ref, hub_clock().now())
    assert set(erased) == {"open_loans", "fees"}
    bare = Person.objects.get(ref=person.ref)
    assert not bare.facts.exists() and not bare.consents.exists() and not bare.codes.exists()
    assert MAIL in [each.address.decrypt() for each in bare.contacts.all()]
    assert Patron.objects.get(ref=person.ref).name == NAME
    assert go_on(hub_clock().now()) == 0
    assert Person.objects.get(ref=person.ref).pk == bare.pk, "the second run does not strip the record again"
    settle(small)
    assert go_on(hub_clock().now()) == 1
    carry()
    assert places_of(*MARKED, number) == set()


def test_export_contains_all_personal_data_in_clear(small: World) -> None:
    person, number = plant_patron(small)
    text = data_export.as_json(person)
    export = json.loads(text)
    assert [word for word in (NAME, MAIL, MOBILE, STREET, YEAR, NOTE, number) if word not in text] == []
    assert export["circulation"]["loans"][0]["title"] == "Dune"
    assert {"patrons.consent", "patrons.contact", "patrons.profilefield", "patrons.change", "messaging.message"} <= set(
        export
    )
    assert "box1:" not in text
    assert cards.hash_number(UID) not in text
    lin = Person.objects.create(ref=small.lin.ref, since=hub_clock().now())
    assert "Zyxmark" not in data_export.as_json(lin)


def test_every_relation_to_person_cascades_or_is_unlinked(small: World) -> None:
    """A package that keeps a person's row after an erasure would be detected here."""
    kept = {
        relation.related_model._meta.label_lower
        for relation in Person._meta.related_objects
        if relation.on_delete.__name__ not in ("CASCADE", "SET_NULL")
    }
    assert kept == set()
    assert apps.is_installed("hub.outreach.patrons")


def test_erasure_with_open_loan_keeps_only_current_address(small: World) -> None:
    ada = Person.objects.create(ref=small.ada.ref, since=hub_clock().now())
    records.store_contact(ada, "mail", "former@example.org", STAFF)
    records.store_contact(ada, "mail", "ada@example.org", STAFF)
    assert Contact.objects.exclude(replaced_at=None).count() == 1, "the replaced address is kept for the notice"
    assert isinstance(loan_changes.checkout(small.by, small.ada, small.dune), OperationResult)
    assert erase(ada.ref, hub_clock().now()) == ("open_loans",)
    assert [each.address.decrypt() for each in Contact.objects.all()] == ["ada@example.org"]
