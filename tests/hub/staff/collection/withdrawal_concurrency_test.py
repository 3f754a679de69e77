"""Test a withdrawal at the moment of a checkout: the later of the two requests is refused."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from hub.catalogue.models import Item
from hub.circulation.models import Loan
from hub.circulation.operations import collection, loan_changes
from hub.circulation.operations.collection import Obstacle
from lending.model import Block, Reason
from tests.hub.circulation.concurrency_test import concurrently
from tests.hub.support.world import World, make_world


@pytest.fixture
def world(transactional_db: None) -> World:
    """Return the small library, committed so that every connection sees it."""
    return make_world()


def test_item_is_withdrawn_or_borrowed_but_not_both(world: World) -> None:
    for item in (world.dune, world.emma, world.utopia):
        found = Item.objects.get(pk=item.pk)
        acts: list[Callable[[], object]] = [
            partial(collection.withdraw, found),
            partial(loan_changes.checkout, world.by, world.ada, item),
        ]
        refused, borrowed = concurrently(*acts)
        condition = Item.objects.get(pk=item.pk).condition
        if isinstance(borrowed, Block):
            assert (borrowed.reason, refused, condition) == (Reason.UNKNOWN_ITEM, None, Item.Condition.WITHDRAWN)
            assert not Loan.objects.filter(item=item).exists()
        else:
            assert (refused, condition) == (Obstacle.ON_LOAN, Item.Condition.NORMAL)
