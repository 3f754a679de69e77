"""Require staff sign-in and the page's permission, and build the actor for operations."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control

from hub.audit import access_reason_gate, roles
from hub.catalogue.models import Branch
from hub.circulation.domain_mapping import NoLibrary, the_library
from hub.circulation.operations import Actor
from hub.core.clock import hub_clock
from hub.staff import branch_scope, external_ils_guard
from hub.staff.formatting import for_staff_of

View = Callable[..., HttpResponse]
BRANCH = "staff_branch"
"""Session key of the branch of this workplace."""


def staff_only(view: View) -> View:
    """Require staff sign-in and the page's permission; ask for a reason before showing patron data.

    The page uses the library's time zone, and browsers must not store it.
    """

    @wraps(view)
    @cache_control(no_store=True, private=True)
    def entered(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), reverse("staff:sign_in"))
        if not request.user.is_staff:
            return render(request, "staff/notice.html", {"notice": "stranger"}, status=403)
        try:
            library = the_library()
        except NoLibrary:
            return render(request, "staff/notice.html", {"notice": "no_library"}, status=503)
        asked = request.resolver_match.view_name
        with for_staff_of(library):
            if not roles.may_open(request.user, asked):
                response = render(request, "staff/notice.html", {"notice": "role", "ways": []}, status=403)
            else:
                first = access_reason_gate.asked(request, asked, kwargs) or external_ils_guard.instead(request, asked)
                response = first or view(request, *args, **kwargs)
        return response

    return entered


def branch_of(request: HttpRequest) -> Branch:
    """Return this workplace's branch: the chosen one, else one where the user works, else the first."""
    branches = Branch.objects.order_by("pk")
    chosen = branches.filter(code=request.session.get(BRANCH, "")).first()
    branch: Branch = (
        chosen or branches.filter(pk__in=branch_scope.branches_of(request.user) or ()).first() or branches[0]
    )
    return branch


def by_staff(request: HttpRequest, transaction: UUID | None = None, *, no_block: bool = False) -> Actor:
    """Return the signed-in member of staff as actor, now and at this workplace's branch."""
    return Actor(
        branch=branch_of(request),
        now=hub_clock().now(),
        staff=request.user.get_username(),
        transaction=transaction,
        no_block=no_block,
    )
