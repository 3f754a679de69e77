"""Test that every view of a patron is logged with its reason, and that changes of the log are detected."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from hub.audit import access_log, overview
from hub.audit.models import AccessLogEntry, Act, Alarm, ChainEnd, Reason, SecuritySettings
from hub.cli import main
from hub.core.clock import hub_clock
from hub.outreach.patrons.models import Person
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import ADA_UID, World

PAGE = "Why are you opening this patron's page?"


@pytest.fixture
def grace(world: World) -> Grace:
    """Return a librarian whose client gives no reason automatically."""
    found = Grace(role="librarian")
    found.client.reason = ""
    return found


def patron_page(world: World) -> str:
    return reverse("staff:patron", args=(world.ada.pk,))


def log_entries() -> list[tuple[str, str, str, bool]]:
    return [(each.staff, each.act, each.reason, each.card) for each in AccessLogEntry.objects.order_by("number")]


def test_page_without_a_card_needs_a_reason_valid_for_15_minutes(world: World, grace: Grace) -> None:
    asked = grace.client.get(patron_page(world), follow=True)
    assert PAGE in words(asked.content) and "Ada S." in words(asked.content) and "Sample" not in words(asked.content)
    assert not AccessLogEntry.objects.exists()
    why = asked.redirect_chain[-1][0]
    opened = grace.client.post(why, {"then": patron_page(world), "reason": "loans"}, follow=True)
    assert "Ada Sample" in words(opened.content)
    world.advance(minutes=14)
    assert grace.client.get(patron_page(world)).status_code == 200
    assert log_entries() == [("grace", "page", "loans", False)]
    world.advance(minutes=2)
    assert PAGE in words(grace.client.get(patron_page(world), follow=True).content)


def test_expired_reason_is_not_extended_by_the_next_one(world: World, grace: Grace) -> None:
    """Pages are logged again under the new reason, and an export needs a new purpose."""
    ada = Person.objects.create(ref=world.ada.ref, since=hub_clock().now())
    record, export = (reverse(f"patrons:{name}", args=(ada.pk,)) for name in ("record", "export"))
    grace.client.reason = "record"
    grace.client.get(record)
    grace.client.get(export)
    assert log_entries() == [("grace", "record", "record", False), ("grace", "export", "record", False)]
    world.advance(minutes=16)
    grace.client.reason = "loans"
    grace.page("patron", world.ada.pk)
    grace.client.reason = ""
    assert grace.client.get(record).status_code == 200
    assert "/staff/why/" in grace.client.get(export)["Location"]
    assert log_entries()[2:] == [("grace", "page", "loans", False), ("grace", "record", "loans", False)]


def test_each_patron_needs_a_reason(world: World, grace: Grace) -> None:
    grace.client.reason = "asked"
    grace.page("patron", world.ada.pk)
    grace.client.reason = ""
    lins_page = grace.client.get(reverse("staff:patron", args=(world.lin.pk,)), follow=True)
    assert PAGE in words(lins_page.content)


def test_card_read_at_the_desk_is_a_reason(world: World, grace: Grace) -> None:
    grace.enter(ADA_UID)
    assert grace.client.get(patron_page(world)).status_code == 200
    assert log_entries() == [("grace", "desk", "card", True), ("grace", "page", "card", True)]


def test_patron_chosen_by_name_at_the_desk_is_logged_without_card(world: World, grace: Grace) -> None:
    (choice,) = [each for each in grace.enter("ada")["choices"] if each["kind"] == "patron"]
    assert grace.enter(choice["entry"])["kind"] == "patron"
    grace.enter(choice["entry"])
    assert log_entries() == [("grace", "desk", "here", False)]


@pytest.mark.parametrize("typed", [ADA_UID, "20000000000012", "ada"])
def test_only_a_card_read_at_the_desk_opens_the_patrons_pages(world: World, grace: Grace, typed: str) -> None:
    """A typed number or name does not prove that the patron is present."""
    answer = grace.enter(typed, read=False)
    if answer["kind"] == "choices":
        answer = grace.enter(answer["choices"][0]["entry"], read=False)
    assert answer["patron"]["name"] == "Ada S."
    assert log_entries() == [("grace", "desk", "here", False)]
    assert PAGE in words(grace.client.get(patron_page(world), follow=True).content)
    ada = Person.objects.create(ref=world.ada.ref, since=hub_clock().now())
    button = grace.client.post(reverse("patrons:contact_add", args=(ada.pk,)), {"channel": "mail", "address": "?"})
    assert "/staff/why/" in button["Location"]
    assert log_entries() == [("grace", "desk", "here", False)]


def test_card_read_after_a_typed_number_opens_the_pages(world: World, grace: Grace) -> None:
    grace.enter(world.ada.identifier, read=False)
    grace.enter(ADA_UID)
    assert grace.client.get(patron_page(world)).status_code == 200
    assert log_entries()[1:] == [("grace", "desk", "card", True), ("grace", "page", "card", True)]


def test_export_needs_a_purpose_without_names_even_with_a_card(world: World, grace: Grace) -> None:
    ada = Person.objects.create(ref=world.ada.ref, since=hub_clock().now())
    grace.enter(ADA_UID)
    asked = grace.client.get(reverse("patrons:export", args=(ada.pk,)), follow=True)
    why = asked.redirect_chain[-1][0]
    form = {"then": reverse("patrons:export", args=(ada.pk,)), "reason": "asked"}
    for typed, fault in (("", "Briefly enter the purpose"), ("for Ada alone", "Do not enter a name or number")):
        refused = grace.client.post(why, {**form, "words": typed})
        assert refused.status_code == 400 and fault in words(refused.content)
    assert not AccessLogEntry.objects.filter(act=Act.EXPORT).exists()
    done = grace.client.post(why, {**form, "words": "by letter, passport seen"}, follow=True)
    assert "All data about this patron" in words(done.content)
    assert AccessLogEntry.objects.get(act=Act.EXPORT).words == "by letter, passport seen"
    assert [(each.kind, each.ref) for each in Alarm.objects.all()] == [("export", world.ada.ref)]


def test_key_patron_needs_a_described_purpose(world: World, grace: Grace) -> None:
    Person.objects.create(ref=world.ada.ref, since=hub_clock().now(), key=True)
    asked = grace.client.get(patron_page(world), follow=True)
    assert "Key patron: also describe the purpose" in words(asked.content)
    why = asked.redirect_chain[-1][0]
    form = {"then": patron_page(world), "reason": "asked"}
    assert grace.client.post(why, form).status_code == 400
    assert grace.client.post(why, {**form, "words": "invited to a reading"}).status_code == 302


def test_post_to_a_record_does_not_bypass_the_reason(world: World, grace: Grace) -> None:
    ada = Person.objects.create(ref=world.ada.ref, since=hub_clock().now())
    for name in ("contact_add", "write_note", "facts", "set_channels"):
        response = grace.client.post(reverse(f"patrons:{name}", args=(ada.pk,)), {"channel": "mail", "address": "?"})
        assert response.status_code == 302 and "/staff/why/" in response["Location"], name
        assert "Ada" not in response["Location"]


@pytest.mark.parametrize(
    "attack", ["UPDATE audit_accesslogentry SET reason = 'card', card = %s", "DELETE FROM audit_accesslogentry"]
)
def test_database_refuses_changes_to_the_access_log(world: World, grace: Grace, attack: str) -> None:
    access_log.write("grace", world.ada.ref, Act.PAGE, Reason.ASKED)
    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
        connection.cursor().execute(attack, [True] if "%s" in attack else None)
    assert AccessLogEntry.objects.get().reason == "asked"


def changed_row() -> None:
    AccessLogEntry.objects.filter(number=2).update(reason="card", card=True)


def deleted_row() -> None:
    AccessLogEntry.objects.filter(number=2).delete()


def cut_end() -> None:
    AccessLogEntry.objects.filter(number=3).delete()
    last = AccessLogEntry.objects.first()
    ChainEnd.objects.update(number=last.number, hash=last.hash)


def swapped_patrons() -> None:
    one, two = AccessLogEntry.objects.get(number=1), AccessLogEntry.objects.get(number=2)
    AccessLogEntry.objects.filter(number=1).update(ref=two.ref)
    AccessLogEntry.objects.filter(number=2).update(ref=one.ref)


@pytest.mark.parametrize(
    ("attack", "found"),
    [
        (changed_row, ["look 2 is not as it was written"]),
        (deleted_row, ["looks 2 to 2 are missing"]),
        (cut_end, ["look 3 was anchored and is gone: the newest looks were removed, or an older backup was restored"]),
        (swapped_patrons, ["look 1 is not as it was written", "look 2 is not as it was written"]),
    ],
)
def test_changes_to_the_log_are_detected(
    world: World, capsys: pytest.CaptureFixture[str], settings: Any, tmp_path: Any, attack: Any, found: list[str]
) -> None:
    settings.STATE = tmp_path
    for ref in (world.ada.ref, world.lin.ref, world.ada.ref):
        access_log.write("grace", ref, Act.PAGE, Reason.ASKED)
    access_log.anchor(hub_clock().now())
    assert main(["audit", "verify"]) == 0
    assert "3 entries in the access log, all unchanged" in capsys.readouterr().out
    access_log.TRIGGERS.remove()
    attack()
    assert any("the guard" in each for each in access_log.faults()), "removed triggers are reported too"
    access_log.TRIGGERS.install()
    assert main(["audit", "verify"]) == 1
    assert capsys.readouterr().out.splitlines() == found


CHANGED = {
    "at": datetime(2026, 11, 24, tzinfo=UTC),
    "staff": "ida",
    "ref": "another-ref",
    "act": "desk",
    "reason": "fault",
    "words": "for another matter",
    "card": True,
    "hash": "0" * 64,
}


def test_every_field_of_an_entry_is_covered() -> None:
    assert set(CHANGED) == {each.name for each in AccessLogEntry._meta.concrete_fields} - {"number"}


@pytest.mark.parametrize("field", CHANGED)
def test_changing_any_field_of_an_entry_is_detected(world: World, settings: Any, tmp_path: Any, field: str) -> None:
    settings.STATE = tmp_path
    for why in ("by letter", "by telephone", "at the counter"):
        access_log.write("grace", world.ada.ref, Act.EXPORT, Reason.ASKED, why)
    assert access_log.faults() == []
    access_log.TRIGGERS.remove()
    AccessLogEntry.objects.filter(number=2).update(**{field: CHANGED[field]})
    access_log.TRIGGERS.install()
    assert "look 2 is not as it was written" in access_log.faults()


def test_recent_check_covers_entries_since_the_nightly_check_and_its_findings(
    world: World, settings: Any, tmp_path: Any
) -> None:
    settings.STATE = tmp_path
    for ref in (world.ada.ref, world.lin.ref, world.ada.ref):
        access_log.write("grace", ref, Act.PAGE, Reason.ASKED)
    access_log.anchor(hub_clock().now())
    access_log.write("grace", world.lin.ref, Act.PAGE, Reason.ASKED)
    assert access_log.recent_faults() == []
    access_log.TRIGGERS.remove()
    AccessLogEntry.objects.filter(number=4).update(staff="ada")
    access_log.TRIGGERS.install()
    assert access_log.recent_faults() == ["look 4 is not as it was written"]
    access_log.TRIGGERS.remove()
    AccessLogEntry.objects.filter(number=1).update(staff="ada")
    access_log.TRIGGERS.install()
    access_log.anchor(hub_clock().now())
    both = ["look 1 is not as it was written", "look 4 is not as it was written"]
    assert access_log.recent_faults() == both == access_log.faults()
    access_log.TRIGGERS.remove()
    AccessLogEntry.objects.filter(number=4).update(hash="0")
    access_log.TRIGGERS.install()
    assert access_log.recent_faults() == access_log.faults() != both, (
        "if the last nightly entry changed, all entries are checked"
    )


def test_chain_cannot_be_recomputed_without_the_key(world: World, settings: Any, tmp_path: Any) -> None:
    settings.STATE = tmp_path
    access_log.write("grace", world.ada.ref, Act.PAGE, Reason.ASKED)
    (tmp_path / "audit_key").unlink()
    assert access_log.faults() == ["look 1 is not as it was written"]


def test_many_patrons_without_a_card_raise_one_growing_alarm(world: World) -> None:
    SecuritySettings.objects.update(mass=3)
    for number in range(3):
        access_log.write("grace", f"ref-{number}", Act.PAGE, Reason.ASKED)
        access_log.write("grace", f"ref-{number}", Act.RECORD, Reason.ASKED)
        access_log.write("ida", f"ref-{number}", Act.DESK, Reason.CARD)
    assert access_log.waiting_alarms() == 0
    for number in range(3, 6):
        access_log.write("grace", f"ref-{number}", Act.PAGE, Reason.ASKED)
        access_log.write("ida", f"ref-{number}", Act.DESK, Reason.CARD)
    assert [(each.kind, each.staff, each.count) for each in Alarm.objects.all()] == [("many", "grace", 6)]
    world.advance(hours=2)
    access_log.write("grace", "ref-9", Act.PAGE, Reason.ASKED)
    assert access_log.waiting_alarms() == 1


def test_total_of_patrons_raises_an_alarm_despite_cards(world: World) -> None:
    """A forged request can claim a card for each patron."""
    SecuritySettings.objects.update(mass=3, mass_in_all=5)
    for number in range(5):
        access_log.write("ida", f"ref-{number % 5}", Act.DESK, Reason.CARD)
        access_log.write("ida", f"ref-{number % 5}", Act.RECORD, Reason.CARD)
    assert access_log.waiting_alarms() == 0
    access_log.write("ida", "ref-5", Act.DESK, Reason.CARD)
    access_log.write("ida", "ref-6", Act.PAGE, Reason.ASKED)
    assert [(each.kind, each.staff, each.count) for each in Alarm.objects.all()] == [("all", "ida", 7)]
    assert overview.month_rows(overview.first_of_month(hub_clock().now().date()))[0].patrons == 7


def test_log_and_url_contain_no_name_or_number(world: World, grace: Grace) -> None:
    response = grace.client.get(patron_page(world))
    named = ("Ada", "Sample", world.ada.identifier)
    assert [each for each in (*named, world.ada.ref) if each in response["Location"]] == []
    grace.client.reason = "asked"
    grace.page("patron", world.ada.pk)
    kept = str(list(AccessLogEntry.objects.values_list()))
    assert [each for each in named if each in kept] == []
