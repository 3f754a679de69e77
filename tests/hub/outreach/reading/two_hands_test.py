"""Two processes change one patron's taste at the same moment: neither change is lost, and without the lock one is."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from kiosk.hub.outreach.people.models import Person
from kiosk.hub.outreach.reading.models import Had, Taste

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PROGRAM = """
import sys
from datetime import UTC, datetime

import django
from django.conf import settings

settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()

from django.db import connection
from kiosk.hub.outreach.people.models import Person
from kiosk.hub.outreach.reading import history, keeping, saying
from kiosk.hub.outreach.reading.models import Had

AT = datetime(2026, 3, 2, 13, tzinfo=UTC)


def less_unheld(person):
    hers = history.taste(person)
    hers.days = 2 * hers.days
    hers.save(update_fields=("days",))


def remember_unheld(person):
    keep = history.taste(person).keep
    Had.objects.create(person=person, title=9, at=AT)
    history.trim(person, keep)


ACTS = {
    "less": saying.less,
    "less unheld": less_unheld,
    "remember": lambda person: history.remember(person, 9, AT),
    "remember unheld": remember_unheld,
    "keep one": lambda person: keeping.keep(person, 1),
}
WRITES = ('UPDATE "reading_taste"', 'UPDATE "reading_had"', 'INSERT INTO "reading_had"')


def tell(word):
    print(word, flush=True)


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
    with connection.execute_wrapper(stopping):
        ACTS[act](Person.objects.get(ref=ref))
    connection.close()
    tell("done")
"""


class Hand:
    """A process that changes her taste, and stops before its first write where it is told to."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(connection.settings_dict["NAME"])],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def does(self, act: str, person: Person, *, stop: bool = False) -> None:
        self._say(f"{act}|{person.ref}|{'stop' * stop}")

    def goes_on(self) -> None:
        self._say("")

    def says(self, within: float = 60) -> str:
        """Its next word; nothing where it says none in so many seconds."""
        assert self.process.stdout is not None
        heard, _none, _either = select.select([self.process.stdout], [], [], within)
        return self.process.stdout.readline().decode().strip() if heard else ""

    def _say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()


@pytest.fixture(scope="module")
def hands(django_db_setup: None) -> Iterator[tuple[Hand, Hand]]:
    both = Hand(), Hand()
    for hand in both:
        assert hand.says() == "ready"
    yield both
    for hand in both:
        hand.process.communicate(timeout=20)


@pytest.fixture
def ada(transactional_db: None) -> Person:
    """She has had two titles, and is written to every fourteen days."""
    made: Person = Person.objects.create(ref="ada", since=NOON)
    Taste.objects.create(person=made)
    for title in (1, 2):
        Had.objects.create(person=made, title=title, at=NOON + timedelta(minutes=title))
    return made


def crossed(hands: tuple[Hand, Hand], person: Person, first: str, then: str, within: float = 0.3) -> bool:
    """The second act begins when the first has read and not written yet, which goes on after so many seconds at most.

    Tells whether the second was done before that.
    """
    one, other = hands
    one.does(first, person, stop=True)
    assert one.says() == "has read"
    other.does(then, person)
    early = other.says(within)
    one.goes_on()
    assert one.says() == "done"
    assert early or other.says() == "done"
    return early == "done"


def test_twice_less_is_a_quarter_as_often_whoever_comes_first(hands: tuple[Hand, Hand], ada: Person) -> None:
    assert not crossed(hands, ada, "less", "less")
    assert Taste.objects.get().days == 4 * 14


def test_no_title_comes_in_beside_her_choice_of_fewer(hands: tuple[Hand, Hand], ada: Person) -> None:
    assert not crossed(hands, ada, "remember", "keep one")
    assert list(Had.objects.values_list("title", flat=True)) == [9]


def test_without_the_lock_a_word_of_hers_is_lost(hands: tuple[Hand, Hand], ada: Person) -> None:
    """The control: the same two acts, read and written without it."""
    assert crossed(hands, ada, "less unheld", "less", within=60)
    assert Taste.objects.get().days == 2 * 14


def test_without_the_lock_more_is_kept_than_she_wants(hands: tuple[Hand, Hand], ada: Person) -> None:
    assert crossed(hands, ada, "remember unheld", "keep one", within=60)
    assert Taste.objects.get().keep == 1
    assert Had.objects.count() == 2
