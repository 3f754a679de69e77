"""Which branches' lists and tasks a member of staff is shown first; it never keeps her from a patron or a copy.

An administrator, and whoever is bound to no branch, sees all; whoever is bound sees all by one click.
"""

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from hub.audit import roles
from hub.audit.rights import Role
from hub.catalogue.models import Branch
from hub.staff.models import WorksAt

EVERY = "all"
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose rows are shown, and where the others are."""

    words: str
    url: str
    verb: str


def of(user: Any) -> frozenset[int] | None:
    """The branches that she is bound to; None where she sees all."""
    if Role.ADMINISTRATOR in roles.of(user):
        return None
    return frozenset(WorksAt.objects.filter(user_id=user.pk).values_list("branch_id", flat=True)) or None


def narrowed(request: HttpRequest, rows: "QuerySet[Row]", *fields: str) -> "QuerySet[Row]":
    """The rows of her branches, by any of the fields; all of them where the page was asked for all."""
    return rows if asked_for(request) is None else hers(request.user, rows, *fields)


def asked_for(request: HttpRequest) -> frozenset[int] | None:
    """The branches that the page is about; None is all."""
    return None if request.GET.get("branches") == EVERY else of(request.user)


def hers(user: Any, rows: "QuerySet[Row]", *fields: str) -> "QuerySet[Row]":
    """The rows of her branches, and those of none."""
    bound = of(user)
    if bound is None:
        return rows
    return rows.filter(reduce(or_, (Q(**{f"{name}__in": bound}) | Q(**{name: None}) for name in fields)))


def shown_to(request: HttpRequest) -> Scope | None:
    """What stands over the list; nothing for whoever sees all anyway."""
    bound = of(request.user)
    if bound is None:
        return None
    query = request.GET.copy()
    query.pop("page", None)
    if query.pop("branches", [""])[-1] == EVERY:
        return Scope(_("All branches"), f"?{query.urlencode()}", _("Mine only"))
    names = _(", ").join(str(each) for each in Branch.objects.filter(pk__in=bound).order_by("code"))
    query["branches"] = EVERY
    return Scope(names, f"?{query.urlencode()}", _("All branches"))


def bind(user: Any, branches: "list[Branch]") -> None:
    """Binds her to these branches and no others; to none is to all."""
    WorksAt.objects.filter(user_id=user.pk).delete()
    WorksAt.objects.bulk_create(WorksAt(user_id=user.pk, branch=each) for each in branches)
