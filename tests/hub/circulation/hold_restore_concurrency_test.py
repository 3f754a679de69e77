"""Undo the cancellation of a ready hold while another patron borrows its copy: only one of them gets it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from hub.circulation.models import Hold, Loan
from hub.circulation.operations import hold_changes, hold_queue, loan_changes
from tests.hub.circulation.concurrency_test import concurrently
from tests.hub.support.world import World, make_world


@pytest.fixture
def world(transactional_db: None) -> World:
    """Return the small library, committed so that every connection sees it."""
    return make_world()


def test_copy_is_back_on_the_hold_shelf_or_borrowed_but_not_both(world: World) -> None:
    for item in (world.dune, world.emma, world.utopia):
        world.place_hold(world.ada, item)
        hold_queue.trap(world.by, item)
        hold = Hold.objects.get(title=item.title_id)
        hold_queue.cancel(world.by, hold)
        acts: list[Callable[[], object]] = [
            partial(hold_changes.restore, world.by, Hold.objects.get(pk=hold.pk)),
            partial(loan_changes.checkout, world.by, world.lin, item),
        ]
        concurrently(*acts)
        lent = Loan.objects.filter(item=item, state__in=Loan.OPEN).exists()
        assert lent == (Hold.objects.get(pk=hold.pk).state == Hold.State.WAITING)
