"""Search for the covers of titles in the background: a little every minute, and tidy up every night.

Only the hub asks the providers. A kiosk or a phone that asked them would tell a stranger what its patron looks at.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q

from hub.catalogue.covers.drawn import hub_store
from hub.catalogue.covers.picture import UnusablePicture, encode_cover
from hub.catalogue.covers.providers import CoverProvider, ProviderUnavailable, load_providers
from hub.catalogue.models import CoverResult, CoverSearch, Title
from hub.catalogue.online_editions.url_probe import Probe
from lending.cover_store import BUDGET, USED_AGAIN, least_used

SECONDS = 20.0
"""Duration of a run, so that the other jobs of the minute are not delayed."""
BATCH = 200
"""Titles that a run looks at, and of which one statement forgets the pictures."""
PATIENCE = 10.0
"""Seconds for one answer of a provider."""
FAILURES = 2
"""Failures after which a provider is not asked again in the same run."""
AGAIN = {
    CoverResult.FOUND: timedelta(days=365),
    CoverResult.NONE: timedelta(days=60),
    CoverResult.UNUSABLE: timedelta(days=60),
    CoverResult.UNAVAILABLE: timedelta(hours=6),
    CoverResult.DROPPED: timedelta(days=180),
}
"""When a title's cover is searched for again."""
LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CoverSearchResult:
    """Result of one search; `picture` is encoded as it is stored."""

    result: CoverResult
    provider: str = ""
    picture: bytes = b""


@dataclass
class Searcher:
    """Asks the providers in order, each at its own pace, and leaves out those that do not answer.

    `deadline` is the end of the run, in seconds of the monotonic clock.
    """

    providers: Sequence[CoverProvider]
    deadline: float
    probe: Probe
    sleep: Callable[[float], None] = time.sleep
    _ready: dict[str, float] = field(default_factory=dict)
    _failures: dict[str, int] = field(default_factory=dict)

    def search(self, isbns: Sequence[str]) -> CoverSearchResult | None:
        """Return the first usable picture of the title; None if the run ends before all providers were asked."""
        without = CoverResult.NONE
        for provider in self.providers:
            for isbn in isbns:
                if self._failures.get(provider.name, 0) >= FAILURES:
                    without = CoverResult.UNAVAILABLE
                    break
                if not self._wait_for(provider):
                    return None
                try:
                    data = provider.find(isbn, self.probe)
                    self._failures[provider.name] = 0
                    if data is not None:
                        return CoverSearchResult(CoverResult.FOUND, provider.name, encode_cover(data))
                except ProviderUnavailable as fault:
                    self._failures[provider.name] = self._failures.get(provider.name, 0) + 1
                    LOG.warning("the covers of %s are unavailable: %s", provider.name, fault)
                    without = CoverResult.UNAVAILABLE
                except UnusablePicture as fault:
                    LOG.info("%s has no usable cover of %s: %s", provider.name, isbn, fault)
                    without = CoverResult.UNUSABLE if without is CoverResult.NONE else without
                finally:
                    self._ready[provider.name] = time.monotonic() + provider.pause
        return CoverSearchResult(without)

    def _wait_for(self, provider: CoverProvider) -> bool:
        """Wait for the provider's pause; False if the run ends first."""
        now = time.monotonic()
        wait = max(0.0, self._ready.get(provider.name, now) - now)
        if now + wait >= self.deadline:
            return False
        if wait:
            self.sleep(wait)
        return True


def the_probe() -> Probe:
    """Return how providers are asked: never in a private network that the library has not configured."""
    return Probe(patience=PATIENCE, inside=settings.LINK_NETWORKS, agent="library-kiosk-covers/1")


def every_minute(now: datetime) -> int:
    """Search for covers that are due, for at most SECONDS; return the number of titles that were searched.

    Raises:
        BadCovers: covers.toml cannot be used.
    """
    providers = load_providers()
    if not providers:
        return 0
    searcher = Searcher(providers, time.monotonic() + SECONDS, the_probe())
    done = 0
    for title in due(now):
        found = searcher.search([each.isbn13 for each in title.isbns.all()])
        if found is None:
            break
        store(title, found, now)
        done += 1
    return done


def due(now: datetime) -> list[Title]:
    """Return the titles to search for: first those that were never searched for, the newest first."""
    waiting = Title.objects.filter(isbns__isnull=False).filter(
        Q(cover_search=None) | Q(cover_search__again_at__lte=now)
    )
    order = (F("cover_search__again_at").asc(nulls_first=True), F("added_at").desc(nulls_last=True), "pk")
    return list(waiting.distinct().only("pk", "cover").order_by(*order).prefetch_related("isbns")[:BATCH])


def store(title: Title, found: CoverSearchResult, now: datetime) -> None:
    """Store the result. A picture that the title already has stays until another one is found."""
    if found.picture:
        mark = hub_store().put(found.picture)
        Title.objects.filter(pk=title.pk).exclude(cover=mark).update(cover=mark)
    again = now + AGAIN[found.result]
    facts = {"result": found.result.value, "provider": found.provider, "asked_at": now, "again_at": again}
    CoverSearch.objects.update_or_create(title_id=title.pk, defaults=facts)


def nightly(now: datetime, budget: int = BUDGET) -> int:
    """Delete pictures that no title has, and the least used ones beyond the budget in bytes; return their number.

    Pictures that titles have and the store lacks, as after a restore, are searched for again.
    """
    files = hub_store()
    covers = list(files.stored_covers())
    marks = set(Title.objects.exclude(cover="").values_list("cover", flat=True))
    _forget([each for each in marks.difference(each.mark for each in covers) if not files.has(each)], now)
    # A picture is stored before its title names it: only older ones can have been left behind.
    orphans = [each for each in covers if each.mark not in marks and time.time() - each.used > USED_AGAIN]
    beyond = least_used(iter([each for each in covers if each.mark in marks]), budget)
    _forget([each.mark for each in beyond], now + AGAIN[CoverResult.DROPPED])
    for each in (*orphans, *beyond):
        files.drop(each.mark)
    return len(orphans) + len(beyond)


def _forget(marks: Sequence[str], again: datetime) -> None:
    """Let no title have these pictures, and search for theirs from `again` on."""
    for start in range(0, len(marks), BATCH):
        titles = Title.objects.filter(cover__in=marks[start : start + BATCH])
        CoverSearch.objects.filter(title__in=titles).update(
            result=CoverResult.DROPPED.value, provider="", again_at=again
        )
        titles.update(cover="")
