"""Checks the addresses of e-editions by night; what is not reached for nights is not offered, and heals by itself."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from hub.catalogue.online_editions.models import Edition
from hub.catalogue.online_editions.url_probe import Probe, Reached

EVERY = timedelta(days=7)
"""How long an address that was reached is believed; one that was not is asked every night."""
MOST = 3000
"""Addresses a night."""
BATCH = 100
AT_ONCE = 8
"""Sites that are asked at the same time; one site is asked by one of these, one address after the other."""
STATE = ("checked_at", "fault", "status", "media_type", "failures", "failing_since", "failed_on")


def nightly(now: datetime) -> int:
    """Checks what is due, the longest unchecked first; gives how many. Cut short, the next night goes on."""
    probe = the_probe()
    due = Edition.objects.filter(removed=False).filter(
        Q(checked_at=None) | Q(failures__gt=0) | Q(checked_at__lte=now - EVERY)
    )
    keys = list(due.order_by(F("checked_at").asc(nulls_first=True), "pk").values_list("pk", flat=True)[:MOST])
    for start in range(0, len(keys), BATCH):
        check(Edition.objects.filter(pk__in=keys[start : start + BATCH]), probe, now)
    return len(keys)


def the_probe() -> Probe:
    """As the library has set it: which private networks hold its own e-books."""
    return Probe(inside=settings.LINK_NETWORKS)


def check(editions: Iterable[Edition], probe: Probe, now: datetime) -> None:
    """Asks for each and writes down what was found."""
    sites: dict[str, list[Edition]] = {}
    for each in editions:
        sites.setdefault(_site(each.url), []).append(each)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = list(pool.map(lambda site: [(each, probe.ask(each.url)) for each in site], sites.values()))
    done = [_noted(edition, reached, now) for site in asked for edition, reached in site]
    Edition.objects.bulk_update(done, STATE)


def _site(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _noted(edition: Edition, reached: Reached, now: datetime) -> Edition:
    today: date = timezone.localtime(now).date()
    edition.checked_at, edition.fault, edition.status = now, reached.fault.value, reached.status
    if not reached.fault:
        edition.failures, edition.failing_since, edition.failed_on = 0, None, None
        edition.media_type = reached.media_type
    elif edition.failed_on != today:  # who presses the button three times has not waited three nights
        edition.failures += 1
        edition.failing_since, edition.failed_on = edition.failing_since or now, today
    return edition
