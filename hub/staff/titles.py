"""Serve the staff pages of the catalogue: search as you type, and one title."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from stdnum import isbn

from hub.catalogue import book_rows
from hub.catalogue.book_rows import BookRow
from hub.catalogue.models import Item, Title
from hub.catalogue.online_editions import repository
from hub.catalogue.search.index import MOST, find
from hub.catalogue.workplace import branch_of
from hub.circulation.domain_mapping import Copy, copies_of
from hub.circulation.models import Hold
from hub.core import rights
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.csv_download import download, wants_csv
from hub.core.pages.formatting import Tone
from hub.core.pages.page import page, paginate, staff_page
from hub.outreach.engagement.feedback import programs, title_ratings
from hub.staff.items import ItemRow, may_keep
from lending.model import ItemStatus


@dataclass(frozen=True, slots=True)
class Fact:
    words: str
    value: str


@staff_page
def titles(request: HttpRequest) -> HttpResponse:
    """Search titles.

    `part` requests only the list, while the user types, and does not count as an unsuccessful search.
    """
    typed, part = request.GET.get("q", "").strip(), "part" in request.GET
    answer = find(typed)
    if typed and answer.has_no_match and not part:
        programs.count_failed_search(typed, hub_clock().now(), branch_of(request).code)
    if wants_csv(request):
        return _titles_csv(_rows(answer.titles))
    found = paginate(request, answer.titles)
    context = {
        "q": typed,
        "found": found,
        "rows": _rows(found),
        "close": answer.close and bool(answer.titles),
        "cut": len(answer.titles) == MOST,
        "may_add": may_keep(request),
    }
    if part:
        return render(request, "search/found.html", {**context, "kept": f"{urlencode({'q': typed})}&"})
    return page(request, "titles", "search/titles.html", context)


def _titles_csv(rows: Iterable[TitleRow]) -> HttpResponse:
    heading = (_("Title"), _("Author"), pgettext("of a title", "Year"), _("State"), _("Branches"))
    cells = ((each.book.title, each.author, each.year, each.state, each.branches) for each in rows)
    return download("titles", heading, cells)


@staff_page
def title(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one title: its record, its copies with their status, and its online editions."""
    found = get_object_or_404(Title, pk=pk)
    context = {
        "title": found,
        "name": f"{found.title}: {found.subtitle}" if found.subtitle else found.title,
        "cover": formatting.cover(found.subject, found.title, found.cover),
        "facts": [each for each in _facts(found) if each.value],
        "copies": [(ItemRow.from_item(item, facts), _call_number(item, found)) for item, facts in copies_of([pk])[pk]],
        "waiting": Hold.objects.filter(title=found, state__in=Hold.OPEN).count(),
        "told": title_ratings.ratings_of(found, formatting.today()),
        "awaited": found.awaited.count(),
        "may_keep": may_keep(request),
        "may_hold": rights.may_open(request.user, "staff:desk") and formatting.library().followed_since is None,
        "may_look": rights.may_open(request.user, "staff:item"),
    }
    return page(request, "titles", "search/title.html", context)


def _call_number(item: Item, title: Title) -> str:
    return item.call_number or title.call_number


def _facts(title: Title) -> list[Fact]:
    numbers = title.isbns.order_by("pk").values_list("isbn13", flat=True)
    return [
        Fact(_("Author"), title.author),
        Fact(_("Call number"), title.call_number),
        Fact(_("Chinese Library Classification"), title.clc),
        Fact(_("Dewey class"), title.dewey),
        Fact(pgettext("of a title", "Year"), str(title.year or "")),
        Fact(_("ISBN"), " ".join(str(isbn.format(each)) for each in numbers)),
        Fact(_("In the catalogue since"), formatting.day(title.added_at)),
    ]


@dataclass(frozen=True, slots=True)
class TitleRow:
    """A title. `branches` names the branches that have it on the shelf, else all branches that have copies."""

    pk: int
    book: BookRow
    author: str
    year: str
    tone: str
    state: str
    branches: str
    online: bool


def _rows(keys: Iterable[int]) -> list[TitleRow]:
    """Return the titles in this order; titles deleted meanwhile are left out."""
    wanted = list(keys)
    titles = {each.pk: each for each in Title.objects.filter(pk__in=wanted).defer("record")}
    copies = copies_of(wanted)
    online = set(repository.offered_editions().filter(title__in=wanted).values_list("title_id", flat=True))
    return [_row(titles[pk], copies[pk], pk in online) for pk in wanted if pk in titles]


def _row(title: Title, copies: list[Copy], online: bool) -> TitleRow:
    here = [item for item, facts in copies if facts.status is ItemStatus.ON_SHELF]
    tone, state = _state(copies, len(here))
    branches = dict.fromkeys(str(item.branch) for item in here or [item for item, _facts in copies])
    year = str(title.year) if title.year else ""
    return TitleRow(title.pk, book_rows.work(title), title.author, year, tone, state, _(", ").join(branches), online)


def _state(copies: list[Copy], here: int) -> tuple[Tone, str]:
    if not copies:
        return Tone.LOOK, _("No copy")
    if here:
        words = ngettext("{here} of {count} on the shelf", "{here} of {count} on the shelf", len(copies))
        return Tone.DONE, words.format(here=here, count=len(copies))
    due = min((facts.due for _item, facts in copies if facts.due and facts.status is ItemStatus.ON_LOAN), default=None)
    return Tone.CLOCK, _("All on loan, next due {day}").format(day=formatting.due(due)) if due else _(
        "None on the shelf"
    )
