"""What somebody looked for in vain at a kiosk, and wished to be told of, she is told of when it comes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiosk.hub.carrier.events import carry
from kiosk.hub.circulation import cards
from kiosk.hub.clock import hub_clock
from kiosk.hub.outreach.delivery import sending
from kiosk.hub.outreach.finding import saved
from kiosk.hub.outreach.finding.models import SavedSearch
from kiosk.hub.outreach.people import consents
from kiosk.hub.outreach.people.models import Person
from kiosk.hub.outreach.people.purposes import Purpose
from tests.hub.outreach.delivery.post import Mailbox, body, mailbox
from tests.hub.outreach.news.arriving import arrives
from tests.hub.outreach.phone.phones import proved
from tests.hub.world import ADA_UID, World


@pytest.fixture
def ada(world: World) -> Person:
    return proved(world)


@pytest.fixture
def box(ada: Person) -> Iterator[Mailbox]:
    with mailbox() as found:
        yield found


def wishes(world: World, words: str) -> None:
    row = world.row("said", ask="search", answer=words, card=cards.hashed(ADA_UID), no_block=True)
    assert world.tell(row)["outcome"] == "accepted"
    carry()


def test_she_reads_in_her_mail_that_it_has_come(world: World, ada: Person, box: Mailbox) -> None:
    wishes(world, "dinosaur atlas")
    wishes(world, "dinosaur  atlas ")
    assert [str(each) for each in SavedSearch.objects.filter(person=ada)] == ["dinosaur atlas"]
    assert consents.given(ada, Purpose.ALERTS)
    arrives(world, "An atlas of dinosaurs", "Owen")
    arrives(world, "Dinosaur atlas", "Owen")
    world.ahead(days=1)
    assert saved.nightly(hub_clock().now()) == 1
    sending.work(hub_clock().now())
    (mail,) = box.mails
    assert "Dinosaur atlas" in body(mail)


def test_what_asks_for_nothing_is_not_kept(world: World, ada: Person) -> None:
    wishes(world, "x")
    assert not SavedSearch.objects.exists() and not consents.given(ada, Purpose.ALERTS)
