"""Describe titles for staff lists: copies per branch, and when the next one is due."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hub.catalogue import book_rows
from hub.catalogue.book_rows import Book
from hub.catalogue.models import Title
from hub.catalogue.online_editions import repository
from hub.circulation.title_copies import Copy, copies_of
from hub.core.pages import formatting
from hub.core.pages.tone import Tone
from lending.model import ItemStatus


@dataclass(frozen=True, slots=True)
class TitleRow:
    """A title. `where` names the branches that have it on the shelf, else all branches that have copies."""

    pk: int
    book: Book
    year: str
    tone: str
    state: str
    where: str
    online: bool


def rows(keys: Iterable[int]) -> list[TitleRow]:
    """Return the titles in this order; titles deleted meanwhile are left out."""
    wanted = list(keys)
    titles = {each.pk: each for each in Title.objects.filter(pk__in=wanted).defer("record")}
    copies = copies_of(wanted)
    online = set(repository.offered().filter(title__in=wanted).values_list("title_id", flat=True))
    return [_row(titles[pk], copies[pk], pk in online) for pk in wanted if pk in titles]


def _row(title: Title, copies: list[Copy], online: bool) -> TitleRow:
    here = [item for item, facts in copies if facts.status is ItemStatus.ON_SHELF]
    tone, state = _state(copies, len(here))
    branches = dict.fromkeys(str(item.branch) for item in here or [item for item, _facts in copies])
    year = str(title.year) if title.year else ""
    return TitleRow(title.pk, book_rows.work(title), year, tone, state, _(", ").join(branches), online)


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
