"""Test the end of child status: by year of birth alone, in the nightly job, without a message."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hub.circulation.models import Library
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import family_cards, registration
from hub.outreach.patrons.models import Person, Source
from hub.outreach.patrons.records import RecordSource
from hub.outreach.patrons.registration import FilledForm
from lending.registration import GUARDIAN_AGE, is_child
from tests.hub.support.world import World

BORN = 2012
THEN = datetime(2026, 6, 1, tzinfo=UTC)
LIN = FilledForm(name="Lin Sample", category="adult", facts={"birth_year": str(BORN)})


@pytest.mark.parametrize(("born", "child"), [("2012", True), ("2013", True), ("2011", False), ("", False)])
def test_patron_possibly_under_fourteen_is_child(born: str, child: bool) -> None:
    assert is_child(born, THEN.year, GUARDIAN_AGE) is child


def test_nightly_run_ends_child_status_once_patron_is_surely_fourteen(world: World) -> None:
    own = replace(LIN, facts={**LIN.facts, "guardian": "Ada Sample, 13900000001"})
    lin = registration.register(own, RecordSource(Source.KIOSK, "front", THEN)).person
    staff = RecordSource(Source.STAFF, "grace", THEN)
    with_guardian = registration.register(replace(LIN, guardian=world.ada.ref), staff).person
    no_year = registration.register(replace(LIN, facts={}), staff).person
    Person.objects.filter(pk=no_year.pk).update(child=True)
    assert family_cards.nightly(datetime(2026, 12, 31, tzinfo=UTC)) == 0
    assert Person.objects.filter(child=True).count() == 3
    assert family_cards.nightly(datetime(2027, 1, 1, 1, tzinfo=UTC)) == 2
    assert family_cards.nightly(datetime(2027, 1, 2, 1, tzinfo=UTC)) == 0
    assert [each.pk for each in Person.objects.filter(child=True)] == [no_year.pk], "no year of birth"
    assert {each.name for each in lin.facts.all()} == {"birth_year"}, "guardian details are deleted"
    assert lin.changes.filter(what="guardian", act="removed").exists()
    grown = Person.objects.get(pk=with_guardian.pk)
    assert grown.guardian is None and grown.recipient == grown
    assert not Message.objects.exists(), "no message is sent"
    assert registration.confirm_identity(Person.objects.get(pk=lin.pk), staff), "no guardian is needed at the desk"


def test_nightly_run_follows_the_librarys_age_and_changes_no_one_without_it(world: World) -> None:
    staff = RecordSource(Source.STAFF, "grace", THEN)
    registration.register(replace(LIN, guardian=world.ada.ref), staff)
    Library.objects.update(guardian_age=0)
    assert family_cards.nightly(datetime(2040, 1, 1, tzinfo=UTC)) == 0
    Library.objects.update(guardian_age=18)
    assert family_cards.nightly(datetime(2030, 12, 31, tzinfo=UTC)) == 0
    Library.objects.update(guardian_age=13)
    assert family_cards.nightly(THEN) == 1
