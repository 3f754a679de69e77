"""Find the branch at which a member of staff works, and the desk."""

from typing import Any
from urllib.parse import quote, unquote

from django.http import HttpRequest, HttpResponse

from hub.catalogue.models import Branch, WorksAt
from hub.core import rights
from hub.core.roles import Role


def branches_of(user: Any) -> frozenset[int] | None:
    """Return the keys of the branches where this user works, or None if the user sees all branches."""
    if Role.ADMINISTRATOR in rights.roles_of(user):
        return None
    return frozenset(WorksAt.objects.filter(user_id=user.pk).values_list("branch_id", flat=True)) or None


def bind(user: Any, branches: "list[Branch]") -> None:
    """Set the branches where the user works, replacing the former ones; an empty list means all branches."""
    WorksAt.objects.filter(user_id=user.pk).delete()
    WorksAt.objects.bulk_create(WorksAt(user_id=user.pk, branch=each) for each in branches)


BRANCH = "staff_branch"
"""Session key of the branch of this workplace."""


def branch_of(request: HttpRequest) -> Branch:
    """Return this workplace's branch: the chosen one, else one where the user works, else the first."""
    branches = Branch.objects.order_by("pk")
    chosen = branches.filter(code=request.session.get(BRANCH, "")).first()
    return chosen or branches.filter(pk__in=branches_of(request.user) or ()).first() or branches[0]


DESK = "staff_desk"
"""Cookie with the name of the desk: it stays with the browser when another member of staff signs in."""
LONGEST_DESK = 40
YEAR_S = 365 * 24 * 3600


def desk_of(request: HttpRequest) -> str:
    """Return the name of the desk at this workplace; empty if it has none."""
    return _clean(unquote(request.COOKIES.get(DESK, "")))


def name_desk(response: HttpResponse, name: str) -> None:
    """Keep the name of the desk in the browser; an empty one removes it."""
    if kept := quote(_clean(name)):
        response.set_cookie(DESK, kept, max_age=YEAR_S, httponly=True, samesite="Lax")
    else:
        response.delete_cookie(DESK, samesite="Lax")


PAD = "staff_pad"
"""Cookie with the port of this machine at which `kiosk pad` serves the desk's item pad."""
PORTS = range(1024, 65536)


def pad_of(request: HttpRequest) -> int | None:
    """Return the port of the item pad at this workplace, or None if it has none."""
    text = request.COOKIES.get(PAD, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 and int(text) in PORTS else None


def choose_pad(response: HttpResponse, text: str) -> None:
    """Keep the port of the item pad in the browser; what is no port removes it."""
    text = text.strip()
    if text.isascii() and text.isdecimal() and len(text) < 6 and int(text) in PORTS:
        response.set_cookie(PAD, text, max_age=YEAR_S, httponly=True, samesite="Lax")
    else:
        response.delete_cookie(PAD, samesite="Lax")


def _clean(name: str) -> str:
    return "".join(each for each in name if each.isprintable()).strip()[:LONGEST_DESK]
