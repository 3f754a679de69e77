"""Build the actor of an operation from the signed-in member of staff."""

from uuid import UUID

from django.http import HttpRequest

from hub.catalogue.workplace import branch_of
from hub.circulation.operations import Actor
from hub.core.clock import hub_clock


def by_staff(request: HttpRequest, transaction: UUID | None = None, *, no_block: bool = False) -> Actor:
    """Return the signed-in member of staff as actor, now and at this workplace's branch."""
    return Actor(
        branch=branch_of(request),
        now=hub_clock().now(),
        staff=request.user.get_username(),
        transaction=transaction,
        no_block=no_block,
    )
