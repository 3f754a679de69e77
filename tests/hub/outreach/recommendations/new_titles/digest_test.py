"""Test the digest: recipients, dates and titles, and that it is sent once per period."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from hub.catalogue.marc_import import save_titles
from hub.catalogue.models import Title
from hub.core.clock import hub_clock
from hub.demo.sample_data import sample
from hub.outreach.messaging.models import Message, Unsubscription
from hub.outreach.patrons import consents
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.recommendations.new_titles import digest
from hub.outreach.recommendations.new_titles.models import DigestFrequency, DigestSettings, DigestSubscription, Remark
from hub.outreach.recommendations.reading_profiles import interests
from tests.hub.outreach.recommendations.new_titles.added_titles import add_title
from tests.hub.outreach.recommendations.reading_profiles.readers import give_consents, person
from tests.hub.support.world import World


@pytest.fixture(autouse=True)
def later(world: World) -> None:
    """Monday 4 January: the first titles of the small library are no longer new."""
    world.advance(days=40)


def run_nightly() -> int:
    return digest.nightly(hub_clock().now())


def queued_digests() -> list[tuple[str, list[str]]]:
    """Return each queued digest: its key and its titles."""
    found = Message.objects.filter(kind=MessageKind.DIGEST).order_by("pk")
    return [(each.key, [item["words"] for item in each.decrypted_facts()["items"]]) for each in found]


def test_weekly_digest_lists_titles_since_last_one(world: World) -> None:
    ada = give_consents(world.ada, Purpose.DIGEST)
    add_title(world, "Walden")
    sent = []
    for _day in range(4):
        world.advance(days=1)
        sent.append(run_nightly())
    assert sent == [0, 0, 0, 1]
    world.advance(days=1)
    assert run_nightly() == 0, "second run in the same week"
    world.advance(days=6)
    assert run_nightly() == 0, "no new titles"
    add_title(world, "Persuasion")
    world.advance(days=1)
    assert run_nightly() == 1
    assert queued_digests() == [(f"2027-W01 {ada.pk}", ["Walden"]), (f"2027-W02 {ada.pk}", ["Persuasion"])]


def test_digest_requires_consent_and_subscription(world: World) -> None:
    add_title(world, "Walden")
    ada, lin = give_consents(world.ada, Purpose.DIGEST), give_consents(world.lin, Purpose.DIGEST)
    consents.withdraw(ada, Purpose.DIGEST, "phone")
    Unsubscription.objects.create(person=lin, kind=MessageKind.DIGEST, at=hub_clock().now())
    assert digest.send(hub_clock().now()) == 0
    assert queued_digests() == []


def test_manual_digest_replaces_automatic_one_of_same_week(world: World) -> None:
    give_consents(world.ada, Purpose.DIGEST)
    add_title(world, "Walden")
    assert digest.send(hub_clock().now()) == 1
    add_title(world, "Persuasion")
    world.advance(days=4)
    assert run_nightly() == 0
    world.advance(days=7)
    assert run_nightly() == 1
    assert [titles for _key, titles in queued_digests()] == [["Walden"], ["Persuasion"]]


def test_monthly_digest_is_sent_once_a_month(world: World) -> None:
    ada = give_consents(world.ada, Purpose.DIGEST)
    DigestSubscription.objects.create(person=ada, every=DigestFrequency.MONTHLY)
    sent = []
    for day in range(45):
        add_title(world, f"Number {day}")
        world.advance(days=1)
        if run_nightly():
            sent.append(hub_clock().now().date())
    assert sent == [date(2027, 1, 5), date(2027, 2, 5)], "late for January's first Friday, in time for February's"


def test_missed_run_is_made_up_the_next_day(world: World) -> None:
    give_consents(world.ada, Purpose.DIGEST)
    add_title(world, "Walden")
    world.advance(days=5)
    assert run_nightly() == 1


def test_disabled_schedule_sends_no_digest(world: World) -> None:
    give_consents(world.ada, Purpose.DIGEST)
    DigestSettings.objects.create(on=False)
    add_title(world, "Walden")
    world.advance(days=4)
    assert run_nightly() == 0


def test_digest_is_limited_and_lists_interests_first(world: World) -> None:
    DigestSettings.objects.create(most=2)
    give_consents(world.ada, Purpose.DIGEST)
    lin = give_consents(world.lin, Purpose.DIGEST, Purpose.HISTORY, Purpose.RECOMMENDATIONS)
    assert interests.add(lin, "5")
    for title, number in (("Stars", "520 STA"), ("Walden", "813 THO"), ("Persuasion", "823 AUS")):
        add_title(world, title, call_number=number)
        world.advance(hours=1)
    assert digest.send(hub_clock().now()) == 2
    assert [titles for _key, titles in queued_digests()] == [["Persuasion", "Walden"], ["Stars", "Persuasion"]]


def test_title_left_out_by_staff_is_omitted(world: World) -> None:
    give_consents(world.ada, Purpose.DIGEST)
    Remark.objects.create(title=add_title(world, "Walden"), out=True)
    assert digest.send(hub_clock().now()) == 0


def test_title_without_arrival_date_is_not_new(world: World) -> None:
    give_consents(world.ada, Purpose.DIGEST)
    title = add_title(world, "Walden")
    title.added_at = None
    title.save()
    assert digest.send(hub_clock().now()) == 0


def test_reimported_record_keeps_arrival_date(world: World) -> None:
    record = replace(next(iter(sample())), control_number="c1", title="Walden", isbns=())
    save_titles([record])
    arrived = Title.objects.get(control_number="c1").added_at
    world.advance(days=20)
    save_titles([record])
    assert Title.objects.get(control_number="c1").added_at == arrived


def test_forgotten_patron_loses_subscription_and_messages(world: World) -> None:
    give_consents(world.ada, Purpose.DIGEST)
    add_title(world, "Walden")
    digest.send(hub_clock().now())
    assert DigestSubscription.objects.count() == 1
    person(world.ada).delete()
    assert (DigestSubscription.objects.count(), Message.objects.count()) == (0, 0)
