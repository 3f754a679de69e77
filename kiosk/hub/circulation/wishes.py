"""What a patron wishes for at a kiosk: that a title is kept for her; judges no loan."""

from kiosk.domain import policy
from kiosk.domain.model import Block, Reason
from kiosk.hub.catalogue.models import Title
from kiosk.hub.circulation import desk
from kiosk.hub.circulation.desk import By, Done
from kiosk.hub.circulation.facts import patron_facts, the_library, the_policy
from kiosk.hub.circulation.models import Hold, Patron

HOLD = "hold"
"""What a `said` asks that wants a title kept: it is about the title's number."""


def keep(by: By, patron: Patron, about: str) -> Done | Block:
    """Lets her wait for the title, to be picked up where the kiosk stands.

    What was promised to her is done though she waits for as many as she may; that she has it, or waits already, is
    no news then.
    """
    title = Title.objects.filter(pk=int(about)).first() if about.isdecimal() and len(about) < 19 else None
    if title is None:
        return Block(Reason.UNKNOWN_ITEM)
    if not by.no_block and (block := _may_not_wait(by, patron)):
        return block
    placed = desk.place(by, patron, title, by.branch)
    return placed if isinstance(placed, Block) and not by.no_block else Done()


def _may_not_wait(by: By, patron: Patron) -> Block | None:
    if block := policy.card_block(the_policy(by.now), patron_facts(patron), by.now):
        return block
    most = the_library().holds
    waiting = Hold.objects.filter(patron=patron, state__in=Hold.OPEN).count()
    return Block(Reason.LIMIT, count=most) if waiting >= most else None
