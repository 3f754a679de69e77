"""Test concurrent changes of one patron's preferences: without the lock, one is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from hub.catalogue.models import Title
from hub.circulation.models import Library
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.recommendations.reading_profiles.models import (
    HistoryTitle,
    Interest,
    ReadingPreferences,
    Recommendation,
)
from tests.hub.support.two_processes import ChildProcess, Pair, two_processes
from tests.support.patience import PATIENCE

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PROGRAM = """
from datetime import UTC, datetime

from django.db import IntegrityError, connection
from hub.catalogue.models import Title
from hub.outreach.patrons.models import Person
from hub.outreach.recommendations.reading_profiles import history, interests
from hub.outreach.recommendations.reading_profiles import reading_choices, recommendation_picker as picking
from hub.outreach.recommendations.reading_profiles import trained_model as trained
from hub.outreach.recommendations.reading_profiles.models import HistoryTitle as Had, Interest, Recommendation as Pick

AT = datetime(2026, 3, 2, 13, tzinfo=UTC)


def less_unheld(person):
    theirs = history.preferences_of(person)
    theirs.days = 2 * theirs.days
    theirs.save(update_fields=("days",))


def remember_unheld(person):
    keep = history.preferences_of(person).keep
    Had.objects.create(person=person, title=9, at=AT)
    history.trim(person, keep)


def infer_unheld(person):
    Interest.objects.filter(person=person, source="inferred").delete()
    if not Interest.objects.filter(person=person, subject="813").exists():
        Interest.objects.create(person=person, subject="813", at=AT)


def pick_unheld(person):
    Pick.objects.filter(person=person).delete()
    sequel = Title.objects.get(title="Dune Messiah")
    Pick.objects.create(person=person, title=sequel.pk, rank=0, score=1, why="title", of="")


ACTS = {
    "less": reading_choices.less,
    "less unheld": less_unheld,
    "remember": lambda person: history.remember(person, 9, AT),
    "remember unheld": remember_unheld,
    "keep one": lambda person: reading_choices.limit_history(person, 1),
    "learn": lambda _person: trained.learn(AT),
    "infer": lambda person: interests.infer([person.pk], AT),
    "infer unheld": infer_unheld,
    "pick": lambda _person: picking.pick_all(trained.last(), AT),
    "pick unheld": pick_unheld,
    "name": lambda person: interests.add(person, "813"),
    "like": lambda person: reading_choices.like(person, Title.objects.get(title="Dune").pk),
    "no": lambda person: reading_choices.stop(person, "phone"),
}
WRITES = tuple(
    f'{verb} "recommendations_{table}"'
    for verb, table in (
        ("UPDATE", "readingpreferences"),
        ("UPDATE", "historytitle"),
        ("INSERT INTO", "historytitle"),
        ("INSERT INTO", "interest"),
        ("INSERT INTO", "recommendation"),
    )
)


def stopping(execute, sql, *rest):
    global stop
    if stop and sql.startswith(WRITES):
        stop = False
        tell("has read")
        sys.stdin.readline()
    return execute(sql, *rest)


tell("ready")
for line in sys.stdin:
    act, ref, stop = line.rstrip("\\n").split("|")
    try:
        with connection.execute_wrapper(stopping):
            ACTS[act](Person.objects.get(ref=ref))
        result = "done"
    except IntegrityError:
        result = "refused"
    connection.close()
    tell(result)
"""


@pytest.fixture(scope="module")
def hands(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with two_processes(PROGRAM, tmp_path_factory.mktemp("state")) as both:
        yield both


def start(hand: ChildProcess, act: str, person: Person, *, stop: bool = False) -> None:
    """Start an action on the patron's preferences; with `stop` it pauses before its first write."""
    hand.send(f"{act}|{person.ref}|{'stop' * stop}")


@pytest.fixture
def ada(transactional_db: None) -> Person:
    """Create a patron with two titles in the history and the default interval of 14 days."""
    person: Person = Person.objects.create(ref="ada", since=NOON)
    ReadingPreferences.objects.create(person=person)
    for title in (1, 2):
        HistoryTitle.objects.create(person=person, title=title, at=NOON + timedelta(minutes=title))
    return person


@pytest.fixture
def reader(ada: Person, hands: Pair) -> Person:
    """Add both consents, Dune in the history and a similar title, so that the nightly job has work."""
    Library.objects.create(name="Two hands' library")
    dune, *_more = (
        Title.objects.create(title=each, author=author, subject="8", call_number="813 HER")
        for each, author in (("Dune", "Herbert, Frank"), ("Dune Messiah", "Herbert, Frank"), ("Momo", "Ende, Michael"))
    )
    for purpose in (Purpose.HISTORY, Purpose.RECOMMENDATIONS):
        consents.give(ada, purpose, "staff grace", consents.text(purpose).version, NOON)
    HistoryTitle.objects.all().delete()
    HistoryTitle.objects.create(person=ada, title=dune.pk, at=NOON)
    start(hands[0], "learn", ada)
    assert hands[0].read_line() == "done"
    return ada


def run_crossed(
    hands: Pair,
    person: Person,
    first: str,
    then: str,
    within: float = 0.3,
    ends: str = "done",
) -> bool:
    """Start the second action after the first has read; the first writes after at most `within` seconds.

    Returns whether the second was done before that. `ends` is the expected end of the first.
    """
    one, other = hands
    start(one, first, person, stop=True)
    assert one.read_line() == "has read"
    start(other, then, person)
    early = other.read_line(within)
    one.send("")
    assert one.read_line() == ends
    assert early or other.read_line() == "done"
    return early == "done"


def test_concurrent_less_requests_both_count(hands: Pair, ada: Person) -> None:
    assert not run_crossed(hands, ada, "less", "less")
    assert ReadingPreferences.objects.get().days == 4 * 14


def test_remembered_title_respects_concurrent_smaller_limit(hands: Pair, ada: Person) -> None:
    assert not run_crossed(hands, ada, "remember", "keep one")
    assert list(HistoryTitle.objects.values_list("title", flat=True)) == [9]


@pytest.mark.long
def test_without_lock_one_less_request_is_lost(hands: Pair, ada: Person) -> None:
    """Control: the same two actions without the lock."""
    assert run_crossed(hands, ada, "less unheld", "less", within=PATIENCE)
    assert ReadingPreferences.objects.get().days == 2 * 14


@pytest.mark.long
def test_without_lock_history_exceeds_new_limit(hands: Pair, ada: Person) -> None:
    assert run_crossed(hands, ada, "remember unheld", "keep one", within=PATIENCE)
    assert ReadingPreferences.objects.get().keep == 1
    assert HistoryTitle.objects.count() == 2


def test_interest_named_during_inference_stays_stated(hands: Pair, reader: Person) -> None:
    assert not run_crossed(hands, reader, "infer", "name")
    assert dict(Interest.objects.values_list("subject", "source")) == {"8": "inferred", "813": "stated"}


def test_like_during_nightly_picks_counts(hands: Pair, reader: Person) -> None:
    assert not run_crossed(hands, reader, "pick", "like")
    assert ReadingPreferences.objects.get().days == 12
    assert Recommendation.objects.filter(title=Title.objects.get(title="Dune Messiah").pk, new=False).count() == 1


def test_consent_withdrawn_during_nightly_picks_leaves_none(hands: Pair, reader: Person) -> None:
    assert not run_crossed(hands, reader, "pick", "no")
    assert not Recommendation.objects.exists()


@pytest.mark.long
@pytest.mark.parametrize(("nightly", "action"), [("infer unheld", "name"), ("pick unheld", "like")])
def test_without_lock_nightly_run_violates_unique_constraint(
    hands: Pair, reader: Person, nightly: str, action: str
) -> None:
    """Control: both insert the same unique row, so the database rejects the second."""
    assert run_crossed(hands, reader, nightly, action, within=60, ends="refused")


@pytest.mark.long
def test_without_lock_picks_survive_withdrawn_consent(hands: Pair, reader: Person) -> None:
    assert run_crossed(hands, reader, "pick unheld", "no", within=PATIENCE)
    assert Recommendation.objects.exists()
