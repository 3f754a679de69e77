"""Every effect on loans, returns, holds and fees, used alike by kiosks' transactions, staff pages and demo library."""

from kiosk.hub.circulation.desk.back import ask_back, checkin, checkin_held, found, lose, receive, reopen, write_off
from kiosk.hub.circulation.desk.fees import charge, take
from kiosk.hub.circulation.desk.holds import cancel, place, trap
from kiosk.hub.circulation.desk.in_house import use_in_house
from kiosk.hub.circulation.desk.lend import checkout, checkout_held, lent_and_back, renew, renew_held
from kiosk.hub.circulation.desk.terms import By, Done
from kiosk.hub.circulation.desk.transits import send
from kiosk.hub.circulation.desk.undoing import undo, undo_return
from kiosk.hub.circulation.desk.unpacking import unpack

__all__ = [
    "By",
    "Done",
    "ask_back",
    "cancel",
    "charge",
    "checkin",
    "checkin_held",
    "checkout",
    "checkout_held",
    "found",
    "lent_and_back",
    "lose",
    "place",
    "receive",
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
