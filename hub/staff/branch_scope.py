"""Narrow staff lists and tasks to the branches where the signed-in member of staff works.

The scope is a default view, not an access limit: one click shows every branch. Administrators and staff without a
branch see all branches at once.
"""

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from hub.catalogue.models import Branch
from hub.catalogue.workplace import branches_of

EVERY = "all"
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class BranchScope:
    """Branches whose rows a list shows, and the link to the other view."""

    words: str
    url: str
    verb: str


def narrow_to_branches(request: HttpRequest, rows: "QuerySet[Row]", *fields: str) -> "QuerySet[Row]":
    """Return the rows of the user's branches, by any of `fields`; all if the page shows all branches."""
    return rows if branches_shown(request) is None else for_user(request.user, rows, *fields)


def branches_shown(request: HttpRequest) -> frozenset[int] | None:
    """Return the keys of the branches that the page shows, or None if it shows all."""
    return None if request.GET.get("branches") == EVERY else branches_of(request.user)


def for_user(user: Any, rows: "QuerySet[Row]", *fields: str) -> "QuerySet[Row]":
    """Return the rows of the user's branches and the rows without a branch."""
    bound = branches_of(user)
    if bound is None:
        return rows
    return rows.filter(reduce(or_, (Q(**{f"{name}__in": bound}) | Q(**{name: None}) for name in fields)))


def scope_heading(request: HttpRequest) -> BranchScope | None:
    """Return the heading of a list with its scope, or None if the user sees all branches anyway."""
    bound = branches_of(request.user)
    if bound is None:
        return None
    query = request.GET.copy()
    query.pop("page", None)
    if query.pop("branches", [""])[-1] == EVERY:
        return BranchScope(_("All branches"), f"?{query.urlencode()}", _("Mine only"))
    names = _(", ").join(str(each) for each in Branch.objects.filter(pk__in=bound).order_by("code"))
    query["branches"] = EVERY
    return BranchScope(names, f"?{query.urlencode()}", _("All branches"))
