"""Two records of one person are merged: what moves, what is refused, and that nothing is lost."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from django.db import models
from django.db.models import Model
from django.urls import reverse
from django.utils.translation import override

from hub.audit.models import AccessLogEntry
from hub.catalogue.models import Item
from hub.circulation import cards, pins
from hub.circulation.models import Card, CirculationEvent, Fee, Hold, Library, Loan, Patron, Transaction
from hub.circulation.operations import fees, hold_queue, loan_changes
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.engagement.loyalty.models import ReadingCount
from hub.outreach.patrons import consents, erasure, records
from hub.outreach.patrons.models import Consent, Contact, FamilyCard, MonthlyLoans, Order, Person, ProfileField, Source
from hub.outreach.patrons.records import RecordSource, person_of
from hub.outreach.recommendations.reading_profiles.models import HistoryTitle
from hub.staff.merging import merge as merging
from hub.staff.merging.merge import CannotMerge, Pair, Preview, merge, preview
from hub.staff.merging.rules import RULES, Fate, Rule, keys_to_patrons
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import ADA_UID, LIN_UID, World

pytestmark = pytest.mark.django_db
STAFF = RecordSource(Source.STAFF, "grace")
NUMBERS = count(1)


@pytest.fixture
def grace(world: World) -> Grace:
    found = Grace(role="librarian")
    found.page("patron", world.lin.pk)  # the first look at the other record asks for a reason of its own
    return found


def person(patron: Patron) -> Person:
    found = person_of(patron.ref)
    assert found is not None
    return found


def previewed(world: World) -> Preview:
    """Return what staff are shown before Lin's record is merged into Ada's."""
    with override("en"):
        pair = Pair.from_patrons(*Patron.objects.filter(pk__in=(world.ada.pk, world.lin.pk)).order_by("pk"))
        return preview(pair)


def merged(world: World, *chosen: str) -> dict[str, int]:
    """Merge Lin's record into Ada's."""
    return merge(world.by, STAFF, world.ada.pk, world.lin.pk, chosen)


def plant(model: type[Model], **given: object) -> Any:
    """Create a row with the given fields, and with some value in each other field that needs one."""
    values = dict(given)
    for each in model._meta.concrete_fields:
        if each.name in given or each.attname in given or each.has_default() or each.null or each.primary_key:
            continue
        values[each.name] = _value(each)
    return model._default_manager.create(**values)


def _value(column: Any) -> object:
    match column:
        case models.ForeignKey():
            own = column.related_model in (Person, Item)
            return (not own and column.related_model.objects.first()) or plant(column.related_model)
        case _ if column.choices:
            return next(value for value, _words in column.flatchoices if value != "")
        case models.JSONField():
            return {}
        case models.UUIDField():
            return uuid4()
        case models.DateTimeField():
            return hub_clock().now()
        case models.DateField():
            return hub_clock().now().date()
        case models.TimeField():
            return hub_clock().now().time()
        case models.BooleanField():
            return False
        case models.IntegerField() | models.FloatField() | models.DecimalField():
            return next(NUMBERS)
        case _:
            return f"{next(NUMBERS):04}"


def plant_in(rule: Rule, owner: Patron | Person, like: Any = None) -> Any:
    """Create a row of the table for the patron, if `like` is given with the same key as that one."""
    target = rule.model._meta.get_field(rule.field).name
    same = {name: getattr(like, name) for name in rule._key() or ()} if like is not None else {}
    return plant(rule.model, **{target: owner}, **same)


def test_every_key_to_a_patron_has_one_rule() -> None:
    """A new table that refers to a patron or a person has to be decided in `rules.RULES`."""
    decided = Counter((rule.model._meta.label, rule.field) for rule in RULES)
    assert decided == Counter((model._meta.label, field) for model, field in keys_to_patrons())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.model.__name__}-{rule.field}")
@pytest.mark.parametrize("shared", [False, True], ids=["alone", "shared"])
def test_rows_of_every_table_move_and_none_is_lost(world: World, rule: Rule, shared: bool) -> None:
    pair = Pair.from_patrons(world.ada, world.lin)
    goes, stays = pair.owners(rule)
    row = plant_in(rule, goes)
    if shared:
        plant_in(rule, stays, row)
    before = rule.rows(goes).count() + rule.rows(stays).count()
    clashes = len(list(rule.clashes(goes, stays)))
    assert clashes == (shared and rule._key() is not None)
    merged(world)
    assert rule.model._default_manager.filter(**{rule.field: goes.pk}).count() == 0
    expected = before - clashes if rule.fate is Fate.MOVES else int(shared)
    written = 1 if rule.model._meta.label == "patrons.Change" else 0
    assert rule.rows(stays).count() == expected + written
    assert not Patron.objects.filter(pk=world.lin.pk).exists()
    assert not Person.objects.filter(pk=pair.gone.pk).exists()


def test_page_shows_what_moves_and_the_merge_tells_history_audit_and_feed(world: World, grace: Grace) -> None:
    loan_changes.checkout(world.by, world.lin, world.dune)
    hold_queue.place(world.by, world.lin, world.emma.title, world.main)
    fee = fees.charge(world.by, world.lin, "other", Decimal(3))
    former = world.lin.ref
    page = grace.page("merge", world.ada.pk, world.lin.pk)
    for line in ("Loans 1", "Holds 1", "Fees and payments 1", "Cards 2", "The names differ", "cannot be undone"):
        assert line in page
    assert "confirm that they are of one person" in grace.post("merge_act", world.ada.pk, world.lin.pk)
    assert Patron.objects.filter(pk=world.lin.pk).exists()
    done = grace.post("merge_act", world.ada.pk, world.lin.pk, same="on")
    assert "Records merged. Moved here: Loans 1, Holds 1, Fees and payments 1, Cards 2" in done
    assert Fee.objects.get(pk=fee.pk).patron == world.ada
    assert "no longer exists" in grace.post("merge_act", world.ada.pk, world.lin.pk, same="on"), "the form sent twice"
    history = grace.page("patron_history", world.ada.pk)
    assert "Records merged ···0020 grace" in history and "Fee charged 3.00 CNY" in history
    event = CirculationEvent.objects.get(kind="patron_merged")
    assert (event.data["patron"], event.data["former"]) == (world.ada.ref, former)
    assert not CirculationEvent.objects.filter(data__patron=former).exists()
    assert {"merge"} <= set(AccessLogEntry.objects.filter(ref=former).values_list("act", flat=True))
    assert [each.history_type for each in Fee.history.filter(id=fee.pk)] == ["~", "+"]
    carry()
    assert not Person.objects.filter(ref=former).exists(), "the feed does not create the profile again"


def test_both_cards_and_both_numbers_open_the_record_that_stays(world: World) -> None:
    Card.objects.filter(hash=cards.hash_number(world.lin.identifier)).delete()
    number = world.lin.identifier
    merged(world)
    assert [cards.holder_of(each) for each in (ADA_UID, LIN_UID, world.ada.identifier, number)] == [world.ada] * 4
    assert world.upload(world.checkout(world.dune, LIN_UID))["outcome"] == "accepted"
    assert world.loans(world.dune)[0].patron == world.ada


def test_kiosk_receives_the_cards_of_the_merged_record_as_changed(world: World) -> None:
    """Their snapshot then names the record that stays, with the loans of both."""
    loan_changes.checkout(world.by, world.lin, world.dune)
    loan_changes.checkout(world.by, world.ada, world.emma)
    client = world.client()
    before = client.get("/api/v1/snapshot").json()
    merged(world)
    after = client.get("/api/v1/snapshot").json()
    assert before["mark"] != after["mark"]


def test_second_hold_on_a_title_and_hold_on_a_borrowed_title_are_cancelled(world: World) -> None:
    later = hold_queue.place(world.by, world.ada, world.emma.title, world.main)
    Hold.objects.update(placed_at=world.by.now + timedelta(hours=1))
    earlier = hold_queue.place(world.by, world.lin, world.emma.title, world.main)
    loan_changes.checkout(world.by, world.ada, world.dune)
    pointless = hold_queue.place(world.by, world.lin, world.dune.title, world.main)
    lines = previewed(world).decisions
    assert sorted(line.split(":")[0] for line in lines) == ["Dune", "Emma"]
    merged(world)
    states = dict(Hold.objects.values_list("pk", "state"))
    assert isinstance(later, Hold) and isinstance(earlier, Hold) and isinstance(pointless, Hold)
    assert (states[later.pk], states[earlier.pk], states[pointless.pk]) == ("cancelled", "waiting", "cancelled")
    assert set(Hold.objects.values_list("patron", flat=True)) == {world.ada.pk}


def test_ready_hold_stays_before_a_waiting_one(world: World) -> None:
    hold_queue.place(world.by, world.ada, world.emma.title, world.main)
    Hold.objects.update(placed_at=world.by.now - timedelta(days=1), state="waiting")
    ready = hold_queue.place(world.by, world.lin, world.emma.title, world.main)
    assert isinstance(ready, Hold)
    hold_queue.keep(world.by, ready, world.emma)
    merged(world)
    assert Hold.objects.get(state="ready").pk == ready.pk
    assert Hold.objects.filter(state="cancelled").count() == 1


def test_staff_choose_between_two_addresses_and_two_years_of_birth(world: World, grace: Grace) -> None:
    ada, lin = person(world.ada), person(world.lin)
    records.store_contact(ada, "mail", "old@example.org", STAFF)
    records.store_contact(lin, "mail", "new@example.org", STAFF)
    records.store_contact(lin, "sms", "+8613800138000", STAFF)
    records.store_field(ada, "birth_year", "1980", STAFF)
    records.store_field(lin, "birth_year", "1981", STAFF)
    page = grace.page("merge", world.ada.pk, world.lin.pk)
    assert "The years of birth differ: 1980 and 1981" in page and "old@example.org" in page
    assert "+8613800138000" not in page, "only one record has a mobile number: it moves"
    form = {"same": "on", "contact_mail": "goes", "fact_birth_year": "goes"}
    assert "Records merged" in grace.post("merge_act", world.ada.pk, world.lin.pk, **form)
    used = Contact.objects.filter(person=ada, replaced_at=None).order_by("channel")
    assert [each.address.decrypt() for each in used] == ["new@example.org", "+8613800138000"]
    assert Contact.objects.exclude(replaced_at=None).get().address.decrypt() == "old@example.org"
    assert ProfileField.objects.get().value.decrypt() == "1981"


def test_same_address_in_both_records_is_kept_once(world: World) -> None:
    for each in (world.ada, world.lin):
        records.store_contact(person(each), "mail", "same@example.org", STAFF)
    assert previewed(world).choices == ()
    merged(world)
    assert Contact.objects.get().person.ref == world.ada.ref


def test_newer_answer_to_a_consent_applies_with_what_follows_from_it(world: World) -> None:
    ada, lin = person(world.ada), person(world.lin)
    version = consents.text("history").version
    consents.give(ada, "history", "staff grace", version, world.by.now - timedelta(days=9))
    HistoryTitle.objects.create(person=ada, title=world.dune.title_id, at=world.by.now)
    consents.give(lin, "history", "phone", version, world.by.now - timedelta(days=5))
    consents.withdraw(lin, "history", "phone", world.by.now - timedelta(days=1))
    (line,) = previewed(world).decisions
    assert line == "Consent to reading history: the newer answer applies, no of Tue 24 Nov."
    merged(world)
    assert not consents.has_consented(ada, "history")
    assert Consent.objects.filter(person=ada).count() == 3
    assert not HistoryTitle.objects.exists(), "the titles go as at any withdrawal"


def test_older_refusal_does_not_delete_the_history_of_a_newer_consent(world: World) -> None:
    ada, lin = person(world.ada), person(world.lin)
    consents.withdraw(lin, "history", "phone", world.by.now - timedelta(days=9))
    consents.give(ada, "history", "phone", consents.text("history").version, world.by.now - timedelta(days=1))
    HistoryTitle.objects.create(person=ada, title=world.dune.title_id, at=world.by.now)
    merged(world)
    assert consents.has_consented(ada, "history") and HistoryTitle.objects.count() == 1


def test_counts_are_added_and_standing_is_the_stricter_one(world: World) -> None:
    for each, books in ((world.ada, 9), (world.lin, 3)):
        ReadingCount.objects.create(person=person(each), since=world.by.now, books=books)
        MonthlyLoans.objects.create(person=person(each), month=date(2026, 11, 1), loans=books)
        Order.objects.create(person=person(each), kind="", channels=["mail"] if each == world.ada else ["sms"])
    Patron.objects.filter(pk=world.lin.pk).update(status="blocked", expires=None, past=7)
    pins.set_pin(Patron.objects.get(pk=world.lin.pk), "4711")
    lines = previewed(world).decisions
    assert lines == (
        "Status afterwards: blocked.",
        "Member until: the later date, no end.",
        "Both chose an order of channels: that of the record that stays applies.",
    )
    merged(world)
    world.ada.refresh_from_db()
    assert (world.ada.status, world.ada.expires, world.ada.past) == ("blocked", None, 7)
    assert pins.check(world.ada, "4711", world.by.now) == "right", "the other record had no PIN"
    assert (ReadingCount.objects.get().books, MonthlyLoans.objects.get().loans) == (12, 12)
    assert Order.objects.get().channels == ["mail"]


def test_merge_is_refused_while_an_erasure_waits_and_between_guardian_and_child(world: World, grace: Grace) -> None:
    erasure.ask(person(world.lin), STAFF)
    assert "asked to erase" in grace.page("merge", world.ada.pk, world.lin.pk)
    assert "asked to erase" in grace.post("merge_act", world.ada.pk, world.lin.pk, same="on")
    erasure.call_off(person(world.lin), STAFF)
    Person.objects.filter(ref=world.lin.ref).update(child=True, guardian=person(world.ada))
    with pytest.raises(CannotMerge, match="guardian"):
        merged(world)
    Person.objects.update(guardian=None)
    assert "same record" in grace.page("merge", world.ada.pk, world.ada.pk)
    assert Patron.objects.filter(pk=world.lin.pk).exists()


def test_hub_that_follows_an_ils_refuses(world: World, grace: Grace) -> None:
    Library.objects.update(followed_since=world.by.now)
    done = grace.post("merge_act", world.ada.pk, world.lin.pk, same="on")
    assert "are kept in the ILS" in done and "Nothing was changed here" in done
    assert "Merge with another record" not in grace.page("patron", world.ada.pk)
    assert Patron.objects.filter(pk=world.lin.pk).exists()


def test_clerk_does_not_merge(world: World) -> None:
    clerk = Grace(role="clerk", name="ben")
    assert clerk.client.get(reverse("staff:merge", args=(world.ada.pk, world.lin.pk))).status_code == 403
    assert clerk.client.post(reverse("staff:merge_act", args=(world.ada.pk, world.lin.pk))).status_code == 403


def test_other_record_is_found_by_number_or_as_a_possible_duplicate(world: World, grace: Grace) -> None:
    assert "No record with the same name or address" in grace.page("merge_choose", world.ada.pk)
    assert "林** ···0020" in grace.page("merge_choose", world.ada.pk, query=f"?q={LIN_UID}")
    assert "No other record found" in grace.page("merge_choose", world.ada.pk, query=f"?q={ADA_UID}")
    Patron.objects.update(name="Ada Sample")
    person(world.lin)
    assert "Ada S. ···0020 same name" in grace.page("merge_choose", world.ada.pk)
    source = grace.client.get(reverse("staff:patron", args=(world.ada.pk,))).content.decode()
    link = re.search(r'href="(/staff/patrons/of/[^"]+/merge/[^"]+/)"', source)
    assert link is not None, "the overview of a new patron names the duplicate"
    assert "This record ends" in words(grace.client.get(link.group(1), follow=True).content)


def test_family_card_between_the_two_records_ends(world: World) -> None:
    ada, lin, child = person(world.ada), person(world.lin), Person.objects.create(ref="kid", since=world.by.now)
    for reader, holder in ((ada, lin), (ada, child), (lin, child)):
        FamilyCard.objects.create(reader=reader, holder=holder, since=world.by.now)
    assert "One card is a family card of the other record." in previewed(world).doubts
    merged(world)
    assert list(FamilyCard.objects.values_list("reader", "holder")) == [(ada.pk, child.pk)]


def test_events_not_yet_relayed_reach_the_profile_that_stays(world: World) -> None:
    carry()
    loan_changes.checkout(world.by, world.lin, world.dune)
    merged(world)
    carry()
    assert MonthlyLoans.objects.get().person.ref == world.ada.ref
    assert MonthlyLoans.objects.get().loans == 1


def test_erasure_after_a_merge_erases_what_came_from_both(world: World) -> None:
    former = world.lin.ref
    world.upload(world.row("said", ask="search", answer="Zyx Road", about="1", card=cards.hash_number(LIN_UID)))
    carry()
    merged(world)
    assert not erasure.erase(world.ada.ref, world.by.now)
    assert not Card.objects.filter(hash=cards.hash_number(LIN_UID)).exists()
    assert "Zyx" not in str(list(CirculationEvent.objects.values_list("data", flat=True)))
    assert "Zyx" not in str(list(Transaction.objects.values_list("body", flat=True)))
    assert not Person.objects.filter(ref=former).exists()


def test_row_that_no_rule_moves_stops_the_merge(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    loan_changes.checkout(world.by, world.lin, world.dune)
    monkeypatch.setattr(merging, "RULES", tuple(each for each in RULES if each.model is not Loan))
    with pytest.raises(RuntimeError, match=r"circulation\.Loan\.patron still refers"):
        merged(world)
    assert world.loans(world.dune)[0].patron == world.lin, "nothing was written"


def reaches_once(world: World, row: dict[str, Any]) -> bool:
    """Upload an offline loan by the old card twice; return whether it is one loan of the patron who stays."""
    answers = [world.upload(row)["outcome"] for _ in range(2)]
    found = world.loans(world.dune)
    return answers == ["accepted"] * 2 and [each.patron_id for each in found] == [world.ada.pk]


def test_offline_loan_by_the_old_card_reaches_the_record_that_stays_once(world: World) -> None:
    row = world.checkout(world.dune, LIN_UID, no_block=True)
    merged(world)
    assert reaches_once(world, row)
    assert not world.open_cases()


@pytest.mark.parametrize("fault", ["card lost", "row forgotten"])
def test_exactly_once_check_sees_a_planted_fault(world: World, fault: str) -> None:
    """Without this the check above might hold whatever the merge does."""
    row = world.checkout(world.dune, LIN_UID, no_block=True)
    merged(world)
    if fault == "card lost":
        Card.objects.filter(hash=cards.hash_number(LIN_UID)).delete()
    else:
        world.upload(row)
        Transaction.objects.all().delete()
        Loan.objects.update(transaction=None, state="returned", closed_at=world.by.now)
    assert not reaches_once(world, row)
