"""Choose recommendations, with reasons, for patrons who consented, from their stored profile."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from hub.catalogue.models import Title
from hub.core.retrying_transaction import atomic
from hub.outreach.library_system.central import days_between
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.recommendations.reading_profiles import trained_model
from hub.outreach.recommendations.reading_profiles.history import lock_all
from hub.outreach.recommendations.reading_profiles.models import (
    HistoryTitle,
    Interest,
    Opinion,
    ReadingPreferences,
    Recommendation,
    TitleLoanCount,
)
from hub.outreach.recommendations.reading_profiles.recommender import HALF_LIFE, Ints, ReadingProfile
from hub.outreach.recommendations.reading_profiles.recommender import Pick as Found
from hub.outreach.recommendations.reminders.models import OpenLoan

MOST, MOST_NEW, ARRIVALS, ROWS = 30, 10, 300, 500
BATCH = 100
"""Persons locked at a time, so that a request waits for one batch at most."""


def allowed(person: Person) -> bool:
    """Return whether the patron consented to both history and recommendations, which are both required."""
    return consents.has_consented(person, Purpose.HISTORY) and consents.has_consented(person, Purpose.RECOMMENDATIONS)


def all_allowed(among: Collection[int] | None = None) -> list[int]:
    """Return the ids of all persons, or of those in `among`, who consented to both, in order."""
    both = (Purpose.HISTORY, Purpose.RECOMMENDATIONS)
    return sorted(set.intersection(*(consents.all_given(each, among) for each in both)))


@dataclass
class StoredProfile:
    """Stored profile of one person: decayed weights by title id and by subject."""

    had: dict[int, float] = field(default_factory=dict)
    likes: dict[int, float] = field(default_factory=dict)
    dislikes: set[int] = field(default_factory=set)
    out: set[int] = field(default_factory=set)
    named: dict[str, float] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    infer: bool = True

    def to_profile(self, place: dict[int, int]) -> ReadingProfile:
        """Convert to the recommender's input, with matrix indices instead of title ids."""
        weights = defaultdict[int, float](float)
        for title, weight in ((self.had | self.likes) if self.infer else self.likes).items():
            weights[title] += weight
        for title in self.dislikes:
            weights[title] = -1.0
        never = {*self.had, *self.likes, *self.dislikes, *self.out}
        return ReadingProfile(
            {place[each]: weight for each, weight in weights.items() if each in place},
            {f"subject:{each}": weight for each, weight in self.named.items()},
            frozenset(place[each] for each in never if each in place),
            frozenset(f"subject:{each}" for each in self.removed),
        )


def _all_of(people: Iterable[int], now: datetime) -> dict[int, StoredProfile]:
    """Load the profiles of these persons with one query per table."""
    found = {each: StoredProfile() for each in people}
    for person, title, at in HistoryTitle.objects.filter(person__in=found).values_list("person_id", "title", "at"):
        found[person].had[title] = _decay_weight(at, now)
    for person, title, says, at in Opinion.objects.filter(person__in=found).values_list(
        "person_id", "title", "says", "at"
    ):
        if says == Opinion.Says.LIKE:
            found[person].likes[title] = _decay_weight(at, now)
        else:
            found[person].dislikes.add(title)
    for person, title in OpenLoan.objects.filter(person__in=found).values_list("person_id", "title"):
        found[person].out.add(title)
    own = Interest.objects.filter(person__in=found).exclude(source=Interest.Source.INFERRED)
    for person, subject, weight, source in own.values_list("person_id", "subject", "weight", "source"):
        if source == Interest.Source.STATED:
            found[person].named[subject] = weight
        else:
            found[person].removed.add(subject)
    for person in ReadingPreferences.objects.filter(person__in=found, infer=False).values_list("person_id", flat=True):
        found[person].infer = False
    return found


def _decay_weight(at: datetime, now: datetime) -> float:
    return float(0.5 ** (days_between(at, now) / HALF_LIFE))


def again(person: Person, now: datetime) -> None:
    """Recompute one person's recommendations with the last model; delete them without consent."""
    learnt = trained_model.last() if allowed(person) else None
    if learnt is None:
        Recommendation.objects.filter(person=person).delete()
    else:
        _pick([person.pk], learnt, _arrivals(learnt), now)


def pick_all(learnt: trained_model.TrainedModel, now: datetime) -> int:
    """Recompute all recommendations in batches; return the number of persons."""
    people, arrivals = all_allowed(), _arrivals(learnt)
    Recommendation.objects.exclude(person__in=people).delete()
    for some in batches(people):
        _pick(some, learnt, arrivals, now)
    return len(people)


def batches(people: list[int]) -> Iterator[list[int]]:
    """Split the ids into lists of `BATCH`."""
    for at in range(0, len(people), BATCH):
        yield people[at : at + BATCH]


def _arrivals(learnt: trained_model.TrainedModel) -> Ints:
    """Return indices of the newest titles without loans: only their content can recommend them."""
    newest = Title.objects.order_by("-pk").values_list("pk", flat=True)[:ARRIVALS]
    lent = set(TitleLoanCount.objects.filter(title__in=list(newest), weight__gt=0).values_list("title", flat=True))
    found = [learnt.place[each] for each in newest if each in learnt.place and each not in lent]
    return np.array(sorted(found), dtype=np.int64)


@atomic
def _pick(people: list[int], learnt: trained_model.TrainedModel, arrivals: Ints, now: datetime) -> None:
    rows: list[Recommendation] = []
    for person, profile in _all_of(all_allowed(lock_all(people)), now).items():
        known = profile.to_profile(learnt.place)
        rows += _rows(person, learnt, learnt.model.best(known, MOST), new=False)
        rows += _rows(person, learnt, learnt.model.best(known, MOST_NEW, arrivals), new=True)
    Recommendation.objects.filter(person__in=people).delete()
    Recommendation.objects.bulk_create(rows, batch_size=ROWS)


def _rows(person: int, learnt: trained_model.TrainedModel, found: list[Found], *, new: bool) -> list[Recommendation]:
    return [
        Recommendation(
            person_id=person,
            title=int(learnt.titles[each.title]),
            rank=rank,
            score=each.score,
            why=each.kind,
            of=str(learnt.titles[each.source] if isinstance(each.source, int) else each.source)[:300],
            new=new,
        )
        for rank, each in enumerate(found)
    ]
