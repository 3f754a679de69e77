"""Provide every change to loans, returns, holds and fees to kiosks, staff pages and the demo library."""

from hub.circulation.operations.check_in import (
    ask_back,
    checkin,
    checkin_held,
    confirm_return,
    lose,
    receive,
    reopen,
    write_off,
)
from hub.circulation.operations.check_out import checkout, checkout_held, record_closed_loan, renew, renew_held
from hub.circulation.operations.context import Actor, OperationResult
from hub.circulation.operations.fees import charge, take
from hub.circulation.operations.holds import cancel, place, trap
from hub.circulation.operations.in_house_use import use_in_house
from hub.circulation.operations.item_routing import unpack
from hub.circulation.operations.transits import send
from hub.circulation.operations.undo_transaction import undo, undo_return

__all__ = [
    "Actor",
    "OperationResult",
    "ask_back",
    "cancel",
    "charge",
    "checkin",
    "checkin_held",
    "checkout",
    "checkout_held",
    "confirm_return",
    "lose",
    "place",
    "receive",
    "record_closed_loan",
    "renew",
    "renew_held",
    "reopen",
    "send",
    "take",
    "trap",
    "undo",
    "undo_return",
    "unpack",
    "use_in_house",
    "write_off",
]
