"""Test recommendations: sent with the cards of consenting patrons, encrypted, deleted without consent."""

from __future__ import annotations

from typing import Any

import pytest

from hub.catalogue.models import Title
from hub.circulation import cards
from hub.circulation.models import Card, CardRecommendations
from hub.core.clock import hub_clock
from hub.ils.bridge import card_recommendations
from hub.ils.bridge.feed_relay import carry
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.recommendations.reading_profiles import nightly, recommendation_feedback
from lending import card_seal, wire
from lending.recommendations import Recommendation
from tests.hub.outreach.recommendations.reading_profiles.readers import agrees, another, reads
from tests.hub.support.snapshot_reader import Reader
from tests.hub.support.world import ADA_UID, LIN_UID, World

HERS, LINS = cards.hashed(ADA_UID), cards.hashed(LIN_UID)


@pytest.fixture
def ada(world: World) -> Person:
    """Ada reads Austen and has consented; Lin reads too, and has not."""
    another(world, "30000000000101", "Persuasion", "Austen, Jane", "823 AUS")
    own = agrees(world.ada)
    reads(world, world.emma)
    reads(world, world.dune, uid=LIN_UID)
    a_night()
    return own


def a_night() -> int:
    nightly.nightly(hub_clock().now())
    return card_recommendations.carry(hub_clock().now())


@pytest.fixture
def reader(world: World, ada: Person) -> Reader:
    made = Reader(world.device)
    assert made.poll()
    return made


def boxes(reader: Reader) -> dict[str, str]:
    """The boxes of the last poll, by card."""
    return {each.card: each.picks for page in reader.pages for each in page.cards}


def opened(reader: Reader, card: str) -> tuple[Recommendation, ...]:
    return wire.picks_from(card_seal.open_with_card(card, boxes(reader)[card]))


def test_they_travel_with_their_card_alone_and_say_why_in_both_languages(reader: Reader) -> None:
    (pick,) = [each for each in opened(reader, HERS) if each.title == "Persuasion" and not each.new]
    assert pick.why["en"] == "because it is also by Austen, Jane" and "Austen" in pick.why["zh"]
    assert pick.items == ("30000000000101",)
    assert boxes(reader)[LINS] == ""
    with pytest.raises(card_seal.SealBroken):
        card_seal.open_with_card(LINS, boxes(reader)[HERS])


def test_a_night_that_changes_nothing_tells_nothing(reader: Reader) -> None:
    assert a_night() == 0
    assert not reader.poll()


@pytest.mark.parametrize("purpose", [Purpose.HISTORY, Purpose.RECOMMENDATIONS])
def test_them_no_is_told_with_the_next_change_and_of_them_alone(reader: Reader, ada: Person, purpose: Purpose) -> None:
    consents.withdraw(ada, purpose, "phone")
    assert reader.poll() and not reader.begun_anew
    told = boxes(reader)
    assert HERS in told and LINS not in told and set(told.values()) == {""}
    assert not CardRecommendations.objects.exists()


def test_what_the_patron_says_of_a_title_is_told_too(
    reader: Reader, ada: Person, django_capture_on_commit_callbacks: object
) -> None:
    before = [each.title for each in opened(reader, HERS)]
    title = Title.objects.get(title="Persuasion").pk
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        recommendation_feedback.not_for_me(ada, title)
    assert reader.poll()
    after = [each.title for each in opened(reader, HERS)]
    assert "Persuasion" in before and "Persuasion" not in after
    assert set(after) & set(before), "that one is gone, and the others stay"


def test_nothing_goes_with_a_lost_card(reader: Reader, world: World) -> None:
    Card.objects.filter(hash=HERS).update(status=Card.Status.LOST)
    assert reader.poll()
    assert boxes(reader) == {HERS: ""}


def test_whoever_is_forgotten_leaves_nothing(reader: Reader, ada: Person) -> None:
    ada.delete()
    assert not CardRecommendations.objects.exists()


def test_who_agreed_but_has_no_card_here_stops_nobody(reader: Reader, world: World) -> None:
    Person.objects.create(ref="nobody-here", since=hub_clock().now())
    consents.give(Person.objects.get(ref="nobody-here"), Purpose.HISTORY, "phone", "1")
    consents.give(Person.objects.get(ref="nobody-here"), Purpose.RECOMMENDATIONS, "phone", "1")
    assert a_night() == 0


def said(world: World, answer: str, about: str, ask: str = "pick") -> None:
    """As a kiosk hands it over, and once more, as after a lost answer."""
    row = world.row("said", ask=ask, answer=answer, about=about, card=HERS)
    for _again in range(2):
        assert world.tell(row)["outcome"] == "accepted"
        carry()


def test_their_word_at_a_kiosk_changes_what_comes(
    reader: Reader, world: World, ada: Person, django_capture_on_commit_callbacks: object
) -> None:
    (pick,) = [each for each in opened(reader, HERS) if each.title == "Persuasion" and not each.new]
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        said(world, "not", pick.about)
    assert [(each.says, f"title-{each.title}") for each in ada.opinions.all()] == [("not", pick.about)]
    assert reader.poll()
    after = [each.title for each in opened(reader, HERS)]
    assert after and "Persuasion" not in after


@pytest.mark.parametrize(("answer", "about"), [("dance", "title-1"), ("like", "title-x"), ("like", "title-999999")])
def test_a_word_that_makes_no_sense_stops_nothing(world: World, ada: Person, answer: str, about: str) -> None:
    said(world, answer, about)
    assert not ada.opinions.exists()


def asked(world: World) -> dict[str, Any] | None:
    answer: dict[str, Any] | None = world.device.get(f"/api/v1/cards/{HERS}/after").json()["ask"]
    return answer


def test_after_all_else_the_patron_is_asked_about_one_that_stands_on_the_shelf(world: World, ada: Person) -> None:
    assert asked(world)["kind"] == "face"  # type: ignore[index]
    said(world, "4", "", ask="face")
    found = asked(world)
    assert found is not None and (found["kind"], found["facts"]["title"]) == ("pick", "Persuasion")
    assert found["facts"]["number"] == "823 AUS" and found["facts"]["why_en"] == "because it is also by Austen, Jane"
    said(world, "like", found["about"])
    assert asked(world) is None
    assert [(each.says, f"title-{each.title}") for each in ada.opinions.all()] == [("like", found["about"])]
    world.ahead(days=31)
    assert asked(world)["kind"] == "face"  # type: ignore[index]
    said(world, "later", "", ask="face")
    found = asked(world)
    assert found is not None and found["facts"]["title"] == "Dune", (
        "of the first the patron has said what the patron thinks"
    )


def test_the_patron_is_asked_about_nothing_that_is_out(world: World, ada: Person) -> None:
    said(world, "4", "", ask="face")
    (copy,) = Title.objects.get(title="Persuasion").items.all()
    assert world.tell(world.borrows(copy, LIN_UID))["outcome"] == "accepted"
    found = asked(world)
    assert found is not None and found["facts"]["title"] == "Dune"


@pytest.mark.parametrize("purpose", [Purpose.HISTORY, Purpose.RECOMMENDATIONS])
def test_whoever_did_not_agree_is_asked_about_no_title(world: World, ada: Person, purpose: Purpose) -> None:
    said(world, "4", "", ask="face")
    assert asked(world) is not None
    consents.withdraw(ada, purpose, "phone")
    assert asked(world) is None


def test_whoever_walks_away_from_it_has_no_opinion_of_it(
    world: World, ada: Person, caplog: pytest.LogCaptureFixture
) -> None:
    said(world, "4", "", ask="face")
    found = asked(world)
    assert found is not None
    said(world, "later", found["about"])
    assert asked(world) is None and not ada.opinions.exists() and "title or opinion" not in caplog.text


def again(reader: Reader) -> list[str]:
    return [each.title for each in opened(reader, HERS) if each.again and not each.about]


def test_what_the_patron_has_had_travels_while_the_patron_has_it_not(reader: Reader, world: World) -> None:
    assert again(reader) == ["Emma"]
    for act, told in ((world.borrows(world.emma), []), (world.returns(world.emma, "trusted"), ["Emma"])):
        assert world.tell(act)["outcome"] == "accepted"
        carry()
        a_night()
        assert reader.poll() and again(reader) == told


def test_where_too_little_is_known_what_everyone_reads_travels(world: World) -> None:
    agrees(world.ada)
    a_night()
    reader = Reader(world.device)
    assert reader.poll()
    found = opened(reader, HERS)
    assert {"Dune", "Emma", "Utopia"} <= {each.title for each in found}
    assert {(each.why["en"], each.why["zh"], each.about) for each in found} == {("new here", "本馆新到", "")}
