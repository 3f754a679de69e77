"""Test recommendations, their reasons, and the effect of the patron's opinions."""

from __future__ import annotations

import pytest
from django.utils import translation

from hub.catalogue.models import Title
from hub.core.clock import hub_clock
from hub.outreach.patrons import consents
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.recommendations.reading_profiles import interests, nightly, reading_choices, recommendations
from hub.outreach.recommendations.reading_profiles.history import preferences_of
from hub.outreach.recommendations.reading_profiles.models import Interest, Opinion, Recommendation
from tests.hub.outreach.recommendations.reading_profiles.readers import (
    add_book,
    borrow_in_turn,
    give_consents,
    train_co_loans,
)
from tests.hub.support.world import LIN_UID, World


def shown(world: World) -> list[tuple[str, str]]:
    with translation.override("en"):
        return [(each.words, each.reason) for each in recommendations.recommendations_for(world.ada.ref)]


def test_co_loan_recommendation_comes_first_with_reason(world: World) -> None:
    give_consents(world.ada)
    train_co_loans(world)
    reading_choices.limit_history(give_consents(world.ada), 1)
    nightly.nightly(hub_clock().now())
    assert shown(world)[0] == ("Dune", "because you borrowed “Utopia”")


@pytest.mark.parametrize(
    ("language", "title", "words"),
    [
        ("en", "Utopia", "because you borrowed “Utopia”"),
        ("en", "小书生大时代", "because you borrowed 《小书生大时代》"),
        ("zh-hans", "Utopia", "因为您借过《Utopia》"),
        ("mn", "Utopia", "та «Utopia» номыг авсан учраас"),
    ],
)
def test_reason_names_a_title_in_marks_of_its_script_and_in_words_of_its_reader(
    world: World, language: str, title: str, words: str
) -> None:
    read = add_book(world, "30000000000101", title, "Herbert, Frank")
    borrowed = Recommendation(title=world.dune.title_id, why=Recommendation.Why.BORROWED, of=str(read.title_id))
    with translation.override(language):
        assert recommendations.reason(borrowed, {read.title_id: read.title}) == words


def test_recommendations_require_both_consents(world: World) -> None:
    ada = give_consents(world.ada, Purpose.RECOMMENDATIONS)
    add_book(world, "30000000000101", "Emma's Dune", "Herbert, Frank")
    train_co_loans(world)
    assert shown(world) == []
    assert not Recommendation.objects.exists()
    give_consents(world.ada)
    borrow_in_turn(world, world.emma)
    nightly.nightly(hub_clock().now())
    assert shown(world)
    consents.withdraw(ada, Purpose.RECOMMENDATIONS, "phone")
    assert not Recommendation.objects.exists()


def test_only_available_titles_not_yet_borrowed_are_recommended(world: World) -> None:
    give_consents(world.ada)
    sequel = add_book(world, "30000000000101", "Dune Messiah", "Herbert, Frank")
    borrow_in_turn(world, world.dune)
    nightly.nightly(hub_clock().now())
    titles = [words for words, _why in shown(world)]
    assert titles[0] == "Dune Messiah"
    assert "Dune" not in titles
    assert [each.words for each in recommendations.borrow_again(world.ada.ref)] == ["Dune"]
    borrow_in_turn(world, sequel, uid=LIN_UID, back=False)
    assert "Dune Messiah" not in [words for words, _why in shown(world)]


def test_new_title_is_recommended_by_content(world: World) -> None:
    give_consents(world.ada)
    borrow_in_turn(world, world.dune)
    add_book(world, "30000000000101", "Dune Messiah", "Herbert, Frank")
    nightly.nightly(hub_clock().now())
    with translation.override("en"):
        first, *_ = recommendations.arrivals(world.ada.ref)
    assert (first.words, first.reason) == ("Dune Messiah", "because it is also by Herbert, Frank")


def test_headings_and_language_influence_recommendations(world: World) -> None:
    """The patron reads English: the English title with the same heading wins over the Russian one."""
    give_consents(world.ada)
    for item, language in ((world.dune, "eng"), (world.utopia, "eng"), (world.emma, "rus")):
        title = item.title
        title.headings, title.language = "Utopias -- Fiction", language
        title.save()
    borrow_in_turn(world, world.dune)
    nightly.nightly(hub_clock().now())
    assert shown(world) == [("Utopia", "because you read about this: Utopias")]


def test_interest_names_source_title_and_fades(world: World) -> None:
    ada = give_consents(world.ada)
    borrow_in_turn(world, world.dune)
    nightly.nightly(hub_clock().now())
    fresh = Interest.objects.get(person=ada, subject="813")
    assert fresh.of == [world.dune.title_id]
    world.advance(days=90)
    nightly.nightly(hub_clock().now())
    assert Interest.objects.get(person=ada, subject="813").weight == pytest.approx(fresh.weight / 2)


def test_patron_adds_removes_restores_and_disables_interests(world: World) -> None:
    ada = give_consents(world.ada)
    history_book = add_book(world, "30000000000101", "A Silk Road", "Sample, Ann", "950 SAM")
    borrow_in_turn(world, world.dune)
    nightly.nightly(hub_clock().now())
    assert history_book.title.title not in [words for words, _why in shown(world)]
    assert interests.add(ada, "950")
    assert ("A Silk Road", "because you read about this: History and geography (950)") in shown(world)
    interests.remove(ada, "950")
    assert "A Silk Road" not in [words for words, _why in shown(world)]
    for subject in ("813", "8"):
        interests.remove(ada, subject)
    nightly.nightly(hub_clock().now())
    assert set(ada.interests.values_list("source", flat=True)) == {"removed"}
    assert "Emma" not in [words for words, _why in shown(world)], "its class was the only reason"
    interests.restore(ada, "813")
    assert ada.interests.get(subject="813").source == "inferred"
    interests.switch(ada, False)
    assert not ada.interests.filter(source="inferred").exists()
    assert shown(world) == []
    assert not interests.add(ada, "no such class")


def test_opinions_change_scores_and_frequency(world: World) -> None:
    ada = give_consents(world.ada)
    add_book(world, "30000000000101", "Persuasion", "Austen, Jane", "823 AUS")
    add_book(world, "30000000000102", "Dune Messiah", "Herbert, Frank", "823 HER")
    borrow_in_turn(world, world.emma, world.dune)
    nightly.nightly(hub_clock().now())
    before = {each.title: each.score for each in ada.picks.filter(new=False)}
    persuasion = next(pk for pk in before if Title.objects.get(pk=pk).title == "Persuasion")
    messiah = next(pk for pk in before if Title.objects.get(pk=pk).title == "Dune Messiah")
    reading_choices.not_for_me(ada, persuasion)
    assert preferences_of(ada).days == 16
    after = {each.title: each.score for each in ada.picks.filter(new=False)}
    assert persuasion not in after
    assert after[messiah] < before[messiah], "both titles share a class"
    reading_choices.unsay(ada, persuasion)
    assert {each.title: each.score for each in ada.picks.filter(new=False)} == pytest.approx(before)
    assert preferences_of(ada).days == 14
    reading_choices.like(ada, messiah)
    assert ada.picks.get(title=persuasion, new=False).score > before[persuasion]
    assert preferences_of(ada).days == 12


def test_opinion_taken_back_restores_the_shortest_interval(world: World) -> None:
    ada = give_consents(world.ada)
    assert reading_choices.more(ada) == 7
    reading_choices.like(ada, world.emma.title_id)
    assert preferences_of(ada).days == 7, "it is the shortest"
    reading_choices.unsay(ada, world.emma.title_id)
    assert preferences_of(ada).days == 7


def test_less_lengthens_interval_and_stop_erases_recommendations(world: World) -> None:
    ada = give_consents(world.ada)
    train_co_loans(world)
    assert [reading_choices.less(ada) for _time in range(4)] == [28, 56, 112, 112]
    assert reading_choices.more(ada) == 56
    reading_choices.like(ada, world.emma.title_id)
    reading_choices.stop(ada, "phone")
    assert shown(world) == []
    assert not Opinion.objects.exists()
    assert not consents.has_consented(ada, Purpose.RECOMMENDATIONS)
