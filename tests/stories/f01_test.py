"""Test the collection of patrons' data: each field with its source, each consent separately."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.urls import reverse
from selenium.webdriver import Chrome

from hub.circulation.models import Patron
from hub.ils.bridge.feed_relay import carry
from hub.outreach.patrons import registration, verification_codes
from hub.outreach.patrons.contacts_csv import ContactSheet
from hub.outreach.patrons.models import Code, Contact, Person, ProfileSettings, Source
from hub.outreach.patrons.records import RecordSource
from hub.outreach.patrons.registration import FilledForm
from tests.hub.outreach.engagement.feedback.feedback_fixtures import run_minute_jobs
from tests.hub.outreach.messaging.mailbox import Mailbox, body
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World
from tests.stories import pictures
from tests.stories.pictures import Keep


def page(grace: Grace, url: str) -> str:
    return str(grace.client.get(url).content.decode())


@pytest.mark.story(
    "F1",
    begins="A librarian registers a patron: name, group, address, and consent to the digest only",
    ends="A code in the new patron's mailbox proves their address, and a kiosk accepts their new card",
)
def test_librarian_registers_a_patron_at_the_desk(world: World, box: Mailbox, browser: Chrome, keep: Keep) -> None:
    grace = Grace()
    form = {"name": "Adele Sample", "category": "adult", "language": "en", "mail": "adele@example.org"}
    grace.client.post(reverse("patrons:register"), {**form, "birth_year": "1990", "consent": ["digest"]}, follow=True)
    patron = Patron.objects.get(name="Adele Sample")
    person = Person.objects.get(ref=patron.ref)
    grace.client.post(reverse("patrons:new_card", args=(person.pk,)), {"card": "04C0FFEE"}, follow=True)
    contact = person.contacts.get()
    grace.client.post(reverse("patrons:contact_code", args=(contact.pk,)), follow=True)
    run_minute_jobs()
    (mail,) = box.mails
    assert mail["To"] == "adele@example.org"
    code = next(word.strip(".,") for word in body(mail).split() if word.strip(".,").isdecimal() and len(word) >= 6)
    keep(pictures.of_mail(browser, mail))
    bound = grace.client.post(reverse("patrons:contact_bind", args=(contact.pk,)), {"code": code}, follow=True)
    record = bound.content.decode()
    assert "linked by code" in record
    assert "staff grace, text 2026-2" in words(record.encode())
    keep(pictures.of_page(browser, record))
    assert world.upload(world.checkout(world.dune, "04C0FFEE"))["outcome"] == "accepted"


@pytest.mark.story(
    "F1",
    begins="A person registers at their phone, and enters the code that was sent there",
    ends="Their card opens nothing until a librarian has checked their ID; then they can borrow at the kiosk",
)
def test_self_registered_patron_needs_an_id_check(world: World, box: Mailbox, browser: Chrome, keep: Keep) -> None:
    phone = RecordSource(Source.PHONE)
    taken = registration.register(FilledForm("Adele Sample", "adult", "en", {"mail": "adele@example.org"}), phone)
    contact = taken.person.contacts.get()
    verification_codes.send(contact, Code.Aim.BIND)
    run_minute_jobs()
    (mail,) = box.mails
    code = next(word.strip(".,") for word in body(mail).split() if word.strip(".,").isdecimal() and len(word) >= 6)
    assert verification_codes.bind(contact, code, phone) is None
    assert world.upload(world.checkout(world.dune, taken.identifier))["outcome"] == "refused"
    grace = Grace()
    waiting = page(grace, reverse("patrons:lists") + "?show=unseen")
    assert "Adele S." in waiting
    keep(pictures.of_page(browser, waiting))
    grace.client.post(reverse("patrons:seen", args=(taken.person.pk,)), {"card": "04C0FFEE"}, follow=True)
    assert world.upload(world.checkout(world.dune, "04C0FFEE"))["outcome"] == "accepted"
    assert "No IDs to check" in page(grace, reverse("patrons:lists") + "?show=unseen")


@pytest.mark.story(
    "F1",
    begins="A librarian sets that two loans in a year make a key patron, and imports a sheet of addresses",
    ends="Every faulty row is reported, the others are in the records with their source, and key patrons are marked",
)
def test_contact_sheet_is_imported_and_key_patrons_are_marked(
    world: World, browser: Chrome, keep: Keep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = tmp_path / "contacts.csv"
    rows = (f"{world.ada.identifier},ada@example.org,2026-09-01", "999,x@example.org,", "20000000000020,lin,tomorrow")
    sheet.write_text("identifier,mail,verified\n" + "\n".join(rows) + "\n", encoding="utf-8")
    plan = ContactSheet().run(sheet, really=False)
    assert (plan.added, [number for number, _why in plan.bad]) == (1, [3, 4])
    assert not Contact.objects.exists(), "nothing is written without --yes"
    ContactSheet().run(sheet, really=True)
    grace = Grace()
    grace.client.post(reverse("patrons:terms"), {"stale_months": "6", "key_loans": "2"}, follow=True)
    assert ProfileSettings.now().key_loans == 2
    for item in (world.dune, world.emma):
        world.upload(world.checkout(item))
    carry()
    ada = page(grace, reverse("staff:patron", args=(world.ada.pk,)))
    assert "import, Wed 25 Nov" in words(ada.encode())
    assert "confirmed Tue 1 Sep" in words(ada.encode())
    assert "Key patron" in ada
    keep(pictures.of_page(browser, ada, height=1500))
