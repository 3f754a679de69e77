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
from hub.outreach.recommendations.reading_profiles import nightly, reading_choices
from lending import card_seal, wire
from lending.recommendations import Recommendation
from tests.hub.outreach.recommendations.reading_profiles.readers import add_book, borrow_in_turn, give_consents
from tests.hub.support.snapshot_reader import Reader
from tests.hub.support.world import ADA_UID, LIN_UID, World

ADA_CARD, LIN_CARD = cards.hash_number(ADA_UID), cards.hash_number(LIN_UID)


@pytest.fixture
def ada(world: World) -> Person:
    """Ada reads Austen and has consented; Lin reads too, and has not."""
    add_book(world, "30000000000101", "Persuasion", "Austen, Jane", "823 AUS")
    own = give_consents(world.ada)
    borrow_in_turn(world, world.emma)
    borrow_in_turn(world, world.dune, uid=LIN_UID)
    run_nightly()
    return own


def run_nightly() -> int:
    nightly.nightly(hub_clock().now())
    return card_recommendations.carry(hub_clock().now())


@pytest.fixture
def reader(world: World, ada: Person) -> Reader:
    snapshot_reader = Reader(world.device)
    assert snapshot_reader.poll()
    return snapshot_reader


def boxes(reader: Reader) -> dict[str, str]:
    """Return the sealed recommendations of the last poll, by card."""
    return {each.card: each.picks for page in reader.pages for each in page.cards}


def recommendations_of(reader: Reader, card: str) -> tuple[Recommendation, ...]:
    return wire.picks_from(card_seal.open_with_card(card, boxes(reader)[card]))


def test_recommendations_are_sealed_to_card_with_bilingual_reason(reader: Reader) -> None:
    (pick,) = [each for each in recommendations_of(reader, ADA_CARD) if each.title == "Persuasion" and not each.new]
    assert pick.why["en"] == "because it is also by Austen, Jane" and "Austen" in pick.why["zh"]
    assert pick.items == ("30000000000101",)
    assert boxes(reader)[LIN_CARD] == ""
    with pytest.raises(card_seal.SealBroken):
        card_seal.open_with_card(LIN_CARD, boxes(reader)[ADA_CARD])


def test_unchanged_recommendations_are_not_sent_again(reader: Reader) -> None:
    assert run_nightly() == 0
    assert not reader.poll()


@pytest.mark.parametrize("purpose", [Purpose.HISTORY, Purpose.RECOMMENDATIONS])
def test_withdrawn_consent_clears_recommendations_of_that_card_only(
    reader: Reader, ada: Person, purpose: Purpose
) -> None:
    consents.withdraw(ada, purpose, "phone")
    assert reader.poll() and not reader.is_restarted
    sealed = boxes(reader)
    assert ADA_CARD in sealed and LIN_CARD not in sealed and set(sealed.values()) == {""}
    assert not CardRecommendations.objects.exists()


def test_rejected_title_disappears_at_next_poll(
    reader: Reader, ada: Person, django_capture_on_commit_callbacks: object
) -> None:
    before = [each.title for each in recommendations_of(reader, ADA_CARD)]
    title = Title.objects.get(title="Persuasion").pk
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        reading_choices.not_for_me(ada, title)
    assert reader.poll()
    after = [each.title for each in recommendations_of(reader, ADA_CARD)]
    assert "Persuasion" in before and "Persuasion" not in after
    assert set(after) & set(before), "only that title is gone"


def test_lost_card_gets_empty_recommendations(reader: Reader, world: World) -> None:
    Card.objects.filter(hash=ADA_CARD).update(status=Card.Status.LOST)
    assert reader.poll()
    assert boxes(reader) == {ADA_CARD: ""}


def test_forgotten_patron_leaves_no_recommendations(reader: Reader, ada: Person) -> None:
    ada.delete()
    assert not CardRecommendations.objects.exists()


def test_consenting_patron_without_card_is_skipped(reader: Reader, world: World) -> None:
    Person.objects.create(ref="no-card", since=hub_clock().now())
    consents.give(Person.objects.get(ref="no-card"), Purpose.HISTORY, "phone", "1")
    consents.give(Person.objects.get(ref="no-card"), Purpose.RECOMMENDATIONS, "phone", "1")
    assert run_nightly() == 0


def respond(world: World, answer: str, about: str, ask: str = "pick") -> None:
    """Upload a response twice, as after a lost reply."""
    row = world.row("said", ask=ask, answer=answer, about=about, card=ADA_CARD)
    for _again in range(2):
        assert world.upload(row)["outcome"] == "accepted"
        carry()


def test_kiosk_opinion_changes_recommendations(
    reader: Reader, world: World, ada: Person, django_capture_on_commit_callbacks: object
) -> None:
    (pick,) = [each for each in recommendations_of(reader, ADA_CARD) if each.title == "Persuasion" and not each.new]
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        respond(world, "not", pick.about)
    assert [(each.says, f"title-{each.title}") for each in ada.opinions.all()] == [("not", pick.about)]
    assert reader.poll()
    after = [each.title for each in recommendations_of(reader, ADA_CARD)]
    assert after and "Persuasion" not in after


@pytest.mark.parametrize(("answer", "about"), [("dance", "title-1"), ("like", "title-x"), ("like", "title-999999")])
def test_invalid_opinion_is_ignored(world: World, ada: Person, answer: str, about: str) -> None:
    respond(world, answer, about)
    assert not ada.opinions.exists()


def offered_question(world: World) -> dict[str, Any] | None:
    answer: dict[str, Any] | None = world.device.get(f"/api/v1/cards/{ADA_CARD}/after").json()["ask"]
    return answer


def test_available_recommendation_is_asked_after_other_questions(world: World, ada: Person) -> None:
    assert offered_question(world)["kind"] == "face"  # type: ignore[index]
    respond(world, "4", "", ask="face")
    found = offered_question(world)
    assert found is not None and (found["kind"], found["facts"]["title"]) == ("pick", "Persuasion")
    assert found["facts"]["number"] == "823 AUS" and found["facts"]["why_en"] == "because it is also by Austen, Jane"
    respond(world, "like", found["about"])
    assert offered_question(world) is None
    assert [(each.says, f"title-{each.title}") for each in ada.opinions.all()] == [("like", found["about"])]
    world.advance(days=31)
    assert offered_question(world)["kind"] == "face"  # type: ignore[index]
    respond(world, "later", "", ask="face")
    found = offered_question(world)
    assert found is not None and found["facts"]["title"] == "Dune", "the first title was already rated"


def test_title_on_loan_is_not_asked_about(world: World, ada: Person) -> None:
    respond(world, "4", "", ask="face")
    (copy,) = Title.objects.get(title="Persuasion").items.all()
    assert world.upload(world.checkout(copy, LIN_UID))["outcome"] == "accepted"
    found = offered_question(world)
    assert found is not None and found["facts"]["title"] == "Dune"


@pytest.mark.parametrize("purpose", [Purpose.HISTORY, Purpose.RECOMMENDATIONS])
def test_title_question_requires_both_consents(world: World, ada: Person, purpose: Purpose) -> None:
    respond(world, "4", "", ask="face")
    assert offered_question(world) is not None
    consents.withdraw(ada, purpose, "phone")
    assert offered_question(world) is None


def test_postponed_title_question_leaves_no_opinion(
    world: World, ada: Person, caplog: pytest.LogCaptureFixture
) -> None:
    respond(world, "4", "", ask="face")
    found = offered_question(world)
    assert found is not None
    respond(world, "later", found["about"])
    assert offered_question(world) is None and not ada.opinions.exists() and "title or opinion" not in caplog.text


def again(reader: Reader) -> list[str]:
    return [each.title for each in recommendations_of(reader, ADA_CARD) if each.again and not each.about]


def test_past_title_is_sent_only_while_not_on_loan(reader: Reader, world: World) -> None:
    assert again(reader) == ["Emma"]
    for row, expected in ((world.checkout(world.emma), []), (world.checkin(world.emma, "trusted"), ["Emma"])):
        assert world.upload(row)["outcome"] == "accepted"
        carry()
        run_nightly()
        assert reader.poll() and again(reader) == expected


def test_patron_without_history_gets_new_titles(world: World) -> None:
    give_consents(world.ada)
    run_nightly()
    reader = Reader(world.device)
    assert reader.poll()
    found = recommendations_of(reader, ADA_CARD)
    assert {"Dune", "Emma", "Utopia"} <= {each.title for each in found}
    assert {(each.why["en"], each.why["zh"], each.about) for each in found} == {("new here", "本馆新到", "")}
