"""Describe titles for staff lists: copies per branch, and when the next one is due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hub.catalogue.models import Item, Title
from hub.catalogue.online_editions import repository
from hub.circulation.domain_mapping import items_facts
from hub.staff import formatting
from hub.staff.desk_replies import Tone
from hub.staff.formatting import Book
from lending import model
from lending.model import ItemStatus

Copy = tuple[Item, model.Item]


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


def copies_of(titles: Iterable[int]) -> dict[int, list[Copy]]:
    """Return the copies of each title with their status; withdrawn ones are left out."""
    items = Item.objects.filter(title__in=list(titles)).exclude(condition=Item.Condition.WITHDRAWN)
    found: dict[int, list[Copy]] = defaultdict(list)
    listed = list(items.select_related("title", "type", "branch").order_by("branch__code", "barcode"))
    for item, facts in zip(listed, items_facts(listed), strict=True):
        found[item.title_id].append((item, facts))
    return found


def _row(title: Title, copies: list[Copy], online: bool) -> TitleRow:
    here = [item for item, facts in copies if facts.status is ItemStatus.ON_SHELF]
    tone, state = _state(copies, len(here))
    branches = dict.fromkeys(str(item.branch) for item in here or [item for item, _facts in copies])
    year = str(title.year) if title.year else ""
    return TitleRow(title.pk, formatting.work(title), year, tone, state, _(", ").join(branches), online)


def _state(copies: list[Copy], here: int) -> tuple[Tone, str]:
    if not copies:
        return Tone.LOOK, _("No copy")
    if here:
        words = ngettext("{here} of {count} on the shelf", "{here} of {count} on the shelf", len(copies))
        return Tone.DONE, words.format(here=here, count=len(copies))
    due = min((facts.due for _item, facts in copies if facts.due and facts.status is ItemStatus.ON_LOAN), default=None)
    return Tone.CLOCK, _("All away, next due {day}").format(day=formatting.due(due)) if due else _("None on the shelf")
