"""Nightly job: check the URLs of online editions, and hide those that fail for several nights.

An edition is offered again as soon as its URL answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from hub.catalogue.models import Edition
from hub.catalogue.online_editions.url_probe import LinkProbeResult, Probe

EVERY = timedelta(days=7)
"""How long a URL that answered is not checked again; one that failed is checked every night."""
MOST = 3000
"""Maximum number of URLs per night."""
BATCH = 100
AT_ONCE = 8
"""Sites that are checked in parallel. Each site gets one request at a time."""
STATE = ("checked_at", "fault", "status", "media_type", "failures", "failing_since", "failed_on")


def nightly(now: datetime) -> int:
    """Check the URLs that are due, the longest unchecked first; return their number.

    A run that was interrupted continues in the next night.
    """
    probe = the_probe()
    due = Edition.objects.filter(removed=False).filter(
        Q(checked_at=None) | Q(failures__gt=0) | Q(checked_at__lte=now - EVERY)
    )
    keys = list(due.order_by(F("checked_at").asc(nulls_first=True), "pk").values_list("pk", flat=True)[:MOST])
    for start in range(0, len(keys), BATCH):
        check(Edition.objects.filter(pk__in=keys[start : start + BATCH]), probe, now)
    return len(keys)


def the_probe() -> Probe:
    """Return the probe with the private networks that the library has configured for its own e-books."""
    return Probe(inside=settings.LINK_NETWORKS)


def check(editions: Iterable[Edition], probe: Probe, now: datetime) -> None:
    """Check each URL and store the result."""
    sites: dict[str, list[Edition]] = {}
    for each in editions:
        sites.setdefault(_site(each.url), []).append(each)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = list(pool.map(lambda site: [(each, probe.ask(each.url)) for each in site], sites.values()))
    done = [_record_check(edition, reached, now) for site in asked for edition, reached in site]
    Edition.objects.bulk_update(done, STATE)


def _site(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _record_check(edition: Edition, reached: LinkProbeResult, now: datetime) -> Edition:
    today: date = timezone.localtime(now).date()
    edition.checked_at, edition.fault, edition.status = now, reached.fault.value, reached.status
    if not reached.fault:
        edition.failures, edition.failing_since, edition.failed_on = 0, None, None
        edition.media_type = reached.media_type
    elif edition.failed_on != today:  # count one failure per night, even if staff check several times
        edition.failures += 1
        edition.failing_since, edition.failed_on = edition.failing_since or now, today
    return edition
