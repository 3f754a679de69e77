"""Test the record pages through their forms, and that they show nothing without sign-in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import translation

from hub.audit.access_reason import TABS
from hub.audit.models import AccessLogEntry
from hub.circulation.models import Library, Patron, PatronCategory
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.engagement.feedback import tickets
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import consents, records, registration, verification_codes
from hub.outreach.patrons.models import Contact, Person, ProfileField, ProfileSettings, Source
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.patrons.records import RecordSource, channel_order, mark_bounced, usable_addresses
from hub.outreach.patrons.registration import FilledForm, possible_duplicates
from hub.outreach.patrons.urls import urlpatterns
from hub.outreach.recommendations.reading_profiles import interests
from tests.hub.staff.staff_client import Colleague, Grace, words
from tests.hub.support.world import World

STAFF, PHONE = RecordSource(Source.STAFF, "grace"), RecordSource(Source.PHONE)


@pytest.fixture
def grace(world: World) -> Iterator[Client]:
    client = Colleague(headers={"accept-language": "en"})
    client.force_login(User.objects.create_superuser("grace", password="x"))
    with translation.override("en"):
        yield client


def at(name: str, *args: object) -> str:
    return reverse(f"patrons:{name}", args=args)


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, response
    return str(response.content.decode())


def test_pages_require_staff_sign_in(world: World, ada: Person) -> None:
    contact = records.store_contact(ada, "mail", "ada@example.org", STAFF)
    values = {"pk": ada.pk, "purpose": "digest", "field": "mail", "answer": "give"}
    for each in urlpatterns:
        names = each.pattern.converters
        url = reverse(f"patrons:{each.name}", kwargs={name: values[name] for name in names})
        for answer in (Client().get(url), Client().post(url)):
            assert answer.status_code in (302, 405), url
            assert "sign-in" in answer.headers.get("Location", "sign-in")
    assert Contact.objects.get(pk=contact.pk).replaced_at is None
    assert not consents.has_consented(ada, "digest")


def test_added_address_is_masked_on_patron_page(grace: Client, world: World, ada: Person) -> None:
    grace.post(at("contact_add", ada.pk), {"channel": "mail", "address": "ada@example.org"})
    assert [each.address for each in usable_addresses(ada)] == ["ada@example.org", ""]
    page = text(grace, reverse("staff:patron", args=(world.ada.pk,)))
    assert "a•••@example.org" in page
    assert "ada@example.org" not in page
    assert "ada@example.org" in text(grace, at("record", ada.pk))


def test_invalid_address_is_rejected_with_example_and_input_kept(grace: Client, ada: Person) -> None:
    answer = grace.post(at("contact_add", ada.pk), {"channel": "sms", "address": "12345"})
    assert answer.status_code == 400
    assert "Enter it as dialled here" in answer.content.decode()
    assert 'value="12345"' in answer.content.decode()
    assert not ada.contacts.exists()


def test_code_read_out_by_patron_links_address(grace: Client, ada: Person) -> None:
    contact = records.store_contact(ada, "sms", "13800000000", STAFF)
    grace.post(at("contact_code", contact.pk))
    code = Message.objects.get(kind="code").decrypted_facts()["code"]
    wrong = grace.post(at("contact_bind", contact.pk), {"code": f"{(int(code) + 1) % 10**6:06}"}, follow=True)
    assert "Wrong code" in wrong.content.decode()
    right = grace.post(at("contact_bind", contact.pk), {"code": code}, follow=True)
    assert "linked by code" in right.content.decode()


def test_staff_confirmation_makes_patron_address_usable_and_notifies_former(
    grace: Client, world: World, ada: Person
) -> None:
    """Both the patron page and the record offer the confirmation."""
    former = records.store_contact(ada, "mail", "old@example.org", STAFF)
    new = records.store_contact(ada, "mail", "ada@example.org", PHONE)
    records.confirm_contact(new, RecordSource(Source.KIOSK, "front"))
    assert [each.address for each in usable_addresses(ada)] == ["old@example.org", ""]
    url, patron_page = at("contact_confirm", new.pk), reverse("staff:patron", args=(world.ada.pk,))
    for page in (text(grace, patron_page), text(grace, at("record", ada.pk))):
        assert "not confirmed yet" in page and "Confirm in person" in page and f'action="{url}"' in page
    done = grace.post(url, {"back": patron_page}, follow=True).content.decode()
    assert "Now in use: email" in done and "not confirmed yet" not in done
    assert [each.address for each in usable_addresses(ada)] == ["ada@example.org", ""]
    acts = [(each.act, each.source, each.by) for each in ada.changes.filter(what="mail").order_by("pk")]
    expected = [("added", "phone", ""), ("confirmed", "kiosk", "front"), ("confirmed", "staff", "grace")]
    assert acts[1:] == [*expected, ("changed", "staff", "grace")]
    assert Message.objects.get(kind="contact_changed").decrypted_facts()["contact"] == former.pk
    assert new not in verification_codes.verified_contacts(ada)


def test_address_entered_by_staff_confirms_patron_entry(grace: Client, ada: Person) -> None:
    records.store_contact(ada, "mail", "ada@example.org", PHONE)
    grace.post(at("contact_add", ada.pk), {"channel": "mail", "address": "ada@example.org"})
    assert [each.address for each in usable_addresses(ada)] == ["ada@example.org", ""]


def test_late_confirmation_does_not_restore_replaced_address(grace: Client, ada: Person) -> None:
    superseded = records.store_contact(ada, "mail", "ada@example.org", PHONE)
    records.store_contact(ada, "mail", "right@example.org", STAFF)
    grace.post(at("contact_confirm", superseded.pk))
    assert [each.address for each in usable_addresses(ada)] == ["right@example.org", ""]


def test_message_is_sent_once_per_minute(grace: Client, ada: Person) -> None:
    contact = records.store_contact(ada, "mail", "ada@example.org", STAFF)
    for _press in range(2):
        grace.post(at("contact_test", contact.pk))
    (message,) = Message.objects.filter(kind="test")
    assert message.decrypted_facts()["contact"] == contact.pk


def test_removed_address_can_be_restored_before_notice(grace: Client, ada: Person) -> None:
    contact = records.store_contact(ada, "mail", "ada@example.org", STAFF)
    grace.post(at("contact_remove", contact.pk))
    assert [each.channel for each in usable_addresses(ada)] == ["screen"]
    grace.post(at("contact_put_back", contact.pk))
    assert [each.channel for each in usable_addresses(ada)] == ["mail", "screen"]
    assert not Message.objects.filter(kind="contact_changed", state="waiting").exists()


def test_channel_order_and_quiet_hours_are_saved(grace: Client, ada: Person) -> None:
    grace.post(at("set_channels", ada.pk), {"kind": "", "channel": ["mail", "", "screen"]})
    grace.post(at("set_channels", ada.pk), {"kind": "overdue", "channel": ["sms"]})
    assert (channel_order(ada, "due_soon"), channel_order(ada, "overdue")) == (["mail", "screen"], ["sms"])
    grace.post(at("reset_channels", ada.pk), {"kind": "overdue"})
    assert channel_order(ada, "overdue") == ["mail", "screen"]
    grace.post(at("habits", ada.pk), {"language": "en", "quiet_from": "21:30", "quiet_to": "08:00"})
    ada.refresh_from_db()
    assert (ada.language, f"{ada.quiet_from:%H:%M}", f"{ada.quiet_to:%H:%M}") == ("en", "21:30", "08:00")
    half = grace.post(at("habits", ada.pk), {"quiet_from": "21:30"}, follow=True)
    assert "a start and an end time" in half.content.decode()


def test_consent_is_stored_with_text_version_and_withdrawn(grace: Client, ada: Person) -> None:
    grace.post(at("consent", ada.pk, "digest", "give"))
    (consent,) = ada.consents.all()
    assert (consent.by, consent.text_version) == ("staff grace", consents.text("digest").version)
    assert len(re.findall('aria-checked="true"', text(grace, at("record", ada.pk)))) == 1
    grace.post(at("consent", ada.pk, "digest", "withdraw"))
    assert not consents.has_consented(ada, "digest")
    assert grace.post(at("consent", ada.pk, "strange", "give")).status_code == 404


def test_guardian_of_child_is_found_by_card(grace: Client, world: World, ada: Person) -> None:
    lin = Person.objects.create(ref=world.lin.ref, since=hub_clock().now())
    own = grace.post(at("guardian", lin.pk), {"child": "1", "card": world.lin.identifier}, follow=True)
    assert "another adult patron" in own.content.decode()
    unknown = grace.post(at("guardian", lin.pk), {"child": "1", "card": "99999999"}, follow=True)
    assert "No patron has a card" in unknown.content.decode()
    grace.post(at("guardian", lin.pk), {"child": "1", "card": world.ada.identifier})
    lin.refresh_from_db()
    assert (lin.child, lin.guardian) == (True, ada)
    grace.post(at("guardian", lin.pk), {})
    lin.refresh_from_db()
    assert (lin.child, lin.guardian) == (False, None)


def test_pin_and_cards_are_managed_on_record(grace: Client, world: World, ada: Person) -> None:
    short = grace.post(at("pin", ada.pk), {"pin": "12"}, follow=True)
    assert "4 to 12 digits" in short.content.decode()
    grace.post(at("pin", ada.pk), {"pin": "4711"})
    assert Patron.objects.get(pk=world.ada.pk).pin
    assert "Cards reported lost: 2" in grace.post(at("lose_cards", ada.pk), follow=True).content.decode()
    taken = grace.post(at("new_card", ada.pk), {"card": world.lin.identifier}, follow=True)
    assert "Use another card" in taken.content.decode()
    grace.post(at("new_card", ada.pk), {"card": "04C0FFEE"})
    assert world.ada.cards.filter(status="active").count() == 1


def test_pin_kept_by_ils_cannot_be_set(grace: Client, world: World, ada: Person) -> None:
    """The kiosk asks the ILS: a PIN set here would have no effect."""
    assert at("pin", ada.pk) in text(grace, at("record", ada.pk)), "control: the form is found"
    Library.objects.update(followed_since=hub_clock().now())
    page = text(grace, at("record", ada.pk))
    assert at("pin", ada.pk) not in page and "The PIN is kept in the library's ILS" in page
    answer = grace.post(at("pin", ada.pk), {"pin": "4711"}, follow=True).content.decode()
    assert "Set a new one there" in answer
    assert not Patron.objects.get(pk=world.ada.pk).pin


def test_lists_show_next_action_per_record(grace: Client, world: World, ada: Person) -> None:
    lin = Person.objects.create(ref=world.lin.ref, since=hub_clock().now())
    contact = records.store_contact(ada, "mail", "ada@example.org", STAFF, verified_at=hub_clock().now())
    assert "100 %" in text(grace, at("lists"))
    world.advance(days=200)
    grace.force_login(User.objects.get())
    page = text(grace, at("lists"))
    assert "Confirm address" in page and "a•••@example.org" in page and "0 %" in page
    mark_bounced("mail", "ada@example.org", hub_clock().now())
    assert "Add new address" in text(grace, at("lists"))
    grace.post(at("contact_confirm", contact.pk))
    assert "All contacts recently confirmed" in text(grace, at("lists"))
    assert "Add address" in text(grace, at("lists") + "?show=unreached")
    assert "No IDs to check" in text(grace, at("lists") + "?show=unseen")
    lin.delete()
    assert "All patrons can be contacted" in text(grace, at("lists") + "?show=unreached")


def test_self_registered_patron_is_confirmed_and_gets_card(grace: Client, world: World) -> None:
    form = FilledForm("Adele Sample", "adult", contacts={"mail": "adele@example.org"})
    person = registration.register(form, PHONE).person
    assert "Check ID in person" in text(grace, at("lists") + "?show=unseen")
    patron = Patron.objects.get(ref=person.ref)
    assert "ID not checked yet" in text(grace, reverse("staff:patron", args=(patron.pk,)))
    grace.post(at("seen", person.pk), {"card": "04C0FFEE"})
    patron.refresh_from_db()
    assert (patron.status, patron.cards.count()) == ("active", 2)


def test_staff_register_patron_and_faults_are_shown_by_field(grace: Client, world: World) -> None:
    assert "none is required to borrow" in text(grace, at("register"))
    wrong = grace.post(at("register"), {"name": "Adele Sample", "category": "adult", "mail": "adele"})
    assert wrong.status_code == 400
    assert 'value="Adele Sample"' in wrong.content.decode()
    assert "Not a valid email address" in wrong.content.decode()
    right = grace.post(
        at("register"),
        {"name": "Adele Sample", "category": "adult", "mail": "adele@example.org", "consent": ["digest"]},
        follow=True,
    )
    assert "Registered" in right.content.decode()
    person = Person.objects.get(ref=Patron.objects.get(name="Adele Sample").ref)
    assert consents.has_consented(person, "digest")


def test_registration_names_the_membership_fee_it_charges(grace: Client, world: World) -> None:
    Library.objects.update(charges=True)
    PatronCategory.objects.update(membership_months=12, membership_fee=Decimal(20))
    page = words(grace.post(at("register"), {"name": "Adele Sample", "category": "adult"}, follow=True).content)
    assert "Membership fee charged: 20.00 CNY, to pay under Fees" in page


def test_registration_leads_to_the_card_and_names_possible_duplicates(grace: Client, world: World) -> None:
    form = {"name": "Adele Sample", "category": "adult", "birth_year": "1990"}
    grace.reason = ""
    pages = [words(grace.post(at("register"), form, follow=True).content) for _patron in range(2)]
    assert [each.reason for each in AccessLogEntry.objects.all()] == ["register", "register"]
    assert grace.get(reverse("staff:patron_loans", args=(Patron.objects.get(name="Ada Sample").pk,))).status_code == 302
    grace.reason = "here"
    assert all("New card: scan it" in page for page in pages)
    assert ["same name and year of birth" in page for page in pages] == [False, True]
    later = Person.objects.latest("pk")
    Person.objects.filter(pk=later.pk).update(since=hub_clock().now() - timedelta(days=31))
    assert "same name" not in text(grace, at("record", later.pk))


def test_different_birth_year_excludes_a_namesake_but_not_a_shared_address(grace: Client, world: World) -> None:
    people = []
    for year in ("1990", "1991", ""):
        grace.post(at("register"), {"name": "Adele Sample", "category": "adult", "birth_year": year})
        people.append(Person.objects.latest("pk"))
    elder, younger, unknown = people

    def alike(person: Person) -> dict[int, str]:
        return {each.person.pk: each.shared for each in possible_duplicates(person)}

    assert alike(younger) == {unknown.pk: "same name"}
    records.store_contact(elder, "mail", "adele@example.org", PHONE)
    records.store_contact(younger, "mail", "adele@example.org", PHONE)
    assert alike(younger) == {elder.pk: "same address", unknown.pk: "same name"}


def test_profile_rules_and_consent_text_are_saved_and_validated(grace: Client, ada: Person) -> None:
    before = consents.text("digest")
    consents.give(ada, "digest", "staff grace", before.version)
    wrong = grace.post(at("terms"), {"stale_months": "0", "key_loans": "1"}, follow=True)
    assert "a number of months from 1 to 60" in wrong.content.decode()
    grace.post(at("terms"), {"stale_months": "3", "key_loans": "12", "category": ["adult", "strange"]})
    assert (ProfileSettings.now().stale_months, ProfileSettings.now().key_categories) == (3, ["adult"])
    same = grace.post(at("new_text", "digest"), {"chinese": before.chinese, "english": before.english}, follow=True)
    assert "already in use" in same.content.decode()
    grace.post(at("new_text", "digest"), {"chinese": "新的文本", "english": "New words"})
    assert consents.text("digest").english == "New words"
    assert consents.text("digest").version != before.version
    assert consents.has_consented(ada, "digest")
    assert ada.consents.get().text_version == before.version, "the earlier consent keeps its text version"


def test_every_new_consent_text_gets_unique_version(grace: Client, ada: Person) -> None:
    """A version number never identifies two texts."""
    for purpose in Purpose:
        versions = [consents.text(purpose).version]
        for number in range(3):
            grace.post(at("new_text", purpose), {"chinese": f"文本 {number}", "english": f"Words {number}"})
            versions.append(consents.text(purpose).version)
        assert len(set(versions)) == 4, versions


def record_pages(grace: Client, patron: Patron) -> str:
    """Return the text of every tab of the patron's record."""
    views = ("patron", *(f"patron_{tab}" for tab in TABS))
    return " ".join(text(grace, reverse(f"staff:{view}", args=(patron.pk,))) for view in views)


def test_patron_page_collects_all_services(grace: Client, world: World, ada: Person) -> None:
    """Loans, holds, messages, interests, questions and notes appear on the own record only."""
    world.upload(world.checkout(world.dune))
    world.place_hold(world.ada, world.utopia)
    carry()
    for purpose in (Purpose.HISTORY, Purpose.RECOMMENDATIONS):
        consents.give(ada, purpose, "staff grace", consents.text(purpose).version)
    interests.add(ada, "5")
    tickets.ask(ada, "find", "Where are the maps?", hub_clock().now(), world.main, "t1")
    grace.post(at("write_note", ada.pk), {"words": "reads with a lens"})
    contact = records.store_contact(ada, "mail", "ada@example.org", STAFF)
    grace.post(at("contact_test", contact.pk))
    patron_page, another = (record_pages(grace, each) for each in (world.ada, world.lin))
    everything = ("Dune", "Utopia", "Test message", "Natural sciences", "Where are the maps?", "reads with a lens")
    assert [each for each in everything if each not in patron_page] == []
    assert [each for each in everything if each in another] == []


def test_note_appears_on_page_and_export_and_can_be_removed(grace: Client, world: World, ada: Person) -> None:
    for _press in range(2):
        grace.post(at("write_note", ada.pk), {"words": "Needs large print"})
    (note,) = ada.notes.all()
    assert "print" not in str(note.words)
    patron_page = reverse("staff:patron_notes", args=(world.ada.pk,))
    assert "Needs large print" in text(grace, patron_page)
    assert "Needs large print" in text(grace, at("export", ada.pk))
    empty = grace.post(at("write_note", ada.pk), {"words": "  "}, follow=True)
    assert "1 to 500 characters" in empty.content.decode()
    grace.post(at("drop_note", note.pk), {"back": patron_page})
    assert "Needs large print" not in text(grace, patron_page)


def test_data_export_is_shown_and_downloadable(grace: Client, world: World, ada: Person) -> None:
    world.upload(world.checkout(world.dune))
    records.store_contact(ada, "mail", "ada@example.org", STAFF)
    page = text(grace, at("export", ada.pk))
    assert "ada@example.org" in page and "Dune" in page and "Ada Sample" in page
    file = grace.get(at("export_file", ada.pk))
    assert file.headers["Content-Disposition"] == 'attachment; filename="export.json"'
    assert file.json()["circulation"]["patron"]["name"] == "Ada Sample"


def test_erasure_names_obstacles_and_completes_on_second_press(grace: Client, world: World, ada: Person) -> None:
    world.upload(world.checkout(world.dune))
    records.store_contact(ada, "mail", "ada@example.org", STAFF)
    assert "Kept for now" in text(grace, at("erase", ada.pk))
    kept = grace.post(at("erase", ada.pk), follow=True).content.decode()
    assert "because of: open loans" in kept
    assert "Resolve loans, fees" in text(grace, at("lists") + "?show=leaving")
    world.upload(world.checkin(world.dune, "trusted"))
    again = Person.objects.get(ref=world.ada.ref)
    assert "Kept for now" not in text(grace, at("erase", again.pk))
    assert "Nothing in this hub identifies them" in grace.post(at("erase", again.pk), follow=True).content.decode()
    assert not Patron.objects.filter(pk=world.ada.pk).exists()


@pytest.fixture
def digest_reader(ada: Person) -> Person:
    records.store_contact(ada, "mail", "ada@example.org", STAFF)
    consents.give(ada, "digest", "kiosk front", "2026-1")
    return ada


def record_text(person: Person) -> str:
    return words(Grace().client.get(reverse("patrons:record", args=(person.pk,))).content)


def change_use(person: Person, answer: str) -> str:
    url = reverse("patrons:use", args=(person.pk, "mail", answer))
    return words(Grace().client.post(url, follow=True).content)


def test_record_shows_date_source_and_text_of_each_use(digest_reader: Person) -> None:
    assert "digest of new titles: since" in record_text(digest_reader) and "kiosk front, text 2026-1" in record_text(
        digest_reader
    )


def test_staff_restrict_address_to_loans_and_reopen(digest_reader: Person) -> None:
    assert "Only for loans from now on: email" in change_use(digest_reader, "withdraw")
    assert (
        "news withdrawn on" in record_text(digest_reader)
        and records.usable_addresses(digest_reader, MessageKind.DIGEST)[0].channel == "screen"
    )
    assert "News allowed: email" in change_use(digest_reader, "give")
    assert records.usable_addresses(digest_reader, MessageKind.DIGEST)[0].channel == "mail"


def test_stale_profile_field_is_listed_with_confirm_action(world: World, digest_reader: Person) -> None:
    records.store_field(
        digest_reader, ProfileField.Name.INSTITUTION, "First middle school", STAFF, verified_at=hub_clock().now()
    )
    world.advance(days=200)
    grace, url = Grace(), reverse("patrons:lists") + "?show=told"
    seen = words(grace.client.get(url).content)
    assert "Other details to check 1" in seen and "F•••" in seen and "First middle" not in seen
    assert "1 Details to confirm" in words(grace.client.get(reverse("staff:today")).content)
    grace.client.post(reverse("patrons:fact_confirm", args=(digest_reader.facts.get().pk,)))
    assert "All other details recently confirmed" in words(grace.client.get(url).content)
