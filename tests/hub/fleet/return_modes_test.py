"""Test return modes: the hub accepts at most the mode that the library allows the kiosk."""

from __future__ import annotations

import pytest

from hub.circulation.models import Kiosk, Loan, PendingReturn
from hub.fleet import enrolment
from tests.hub.support.world import World


@pytest.mark.parametrize(
    ("allowed", "claimed", "closed", "alarm"),
    [
        ("provisional", "trusted", False, ["return_mode"]),
        ("provisional", "bin", False, ["return_mode"]),
        ("bin", "trusted", True, ["return_mode"]),
        ("bin", "bin", True, []),
        ("trusted", "trusted", True, []),
        ("trusted", "provisional", False, []),
    ],
)
def test_return_counts_at_most_as_the_mode_of_the_kiosk(
    world: World, allowed: str, claimed: str, closed: bool, alarm: list[str]
) -> None:
    Kiosk.objects.update(returns=allowed)
    world.upload(world.checkout(world.dune))
    for item in (world.dune, world.emma):
        assert world.upload(world.checkin(item, claimed))["outcome"] in ("accepted", "refused")
    (loan,) = world.loans(world.dune)
    assert (loan.state != Loan.State.ON_LOAN and not PendingReturn.objects.exists()) is closed
    assert [each.reason for each in world.open_cases()] == alarm, "once a day"


def test_new_kiosk_is_provisional_and_keeps_its_mode_when_moved(world: World) -> None:
    assert enrolment.add("new", world.main).returns == "provisional"
    assert enrolment.add("new", world.main, "bin").returns == "bin"
    assert enrolment.add("new", world.main).returns == "bin"
