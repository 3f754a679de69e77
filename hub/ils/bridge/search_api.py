"""Serve the catalogue search to kiosks, as described in docs/wire.md."""

from django.http import HttpRequest
from ninja import Query, Router

from hub.catalogue.models import Title
from hub.catalogue.search.find import find
from hub.circulation.title_copies import Copy, copies_of
from hub.core.clock import hub_clock
from hub.outreach.engagement.feedback import programs
from lending import wire
from lending.model import ItemStatus

MOST = 50
router = Router(tags=["catalogue"])


@router.get("/search", response=wire.SearchAnswer)
def search(request: HttpRequest, q: str = Query("", max_length=200), sent: bool = False) -> wire.SearchAnswer:
    """Search while the patron types.

    A query that was `sent` and found nothing is counted, without the patron.
    """
    found = find(q, MOST + 1)
    if sent and found.has_no_match:
        programs.count_failed_search(q, hub_clock().now(), request.auth.branch.code)
    keys = found.titles[:MOST]
    titles, copies = Title.objects.defer("record").in_bulk(keys), copies_of(keys)
    return wire.SearchAnswer(
        titles=[_title(titles[key], copies[key]) for key in keys if key in titles],
        close=found.close,
        more=len(found.titles) > MOST,
    )


def _title(title: Title, copies: list[Copy]) -> wire.WireTitle:
    here = [item for item, facts in copies if facts.status is ItemStatus.ON_SHELF]
    return wire.WireTitle(
        title=title.pk,
        words=f"{title.title}: {title.subtitle}" if title.subtitle else title.title,
        author=title.author,
        call_number=title.call_number,
        subject=title.subject,
        here=len(here),
        copies=len(copies),
        branches=list(dict.fromkeys(item.branch.code for item in here)),
    )
