"""Tells and changes how a patron and her cards stand, and tells the feed who did it; never decides what that allows."""

from kiosk.domain import policy
from kiosk.hub.atomic import atomic
from kiosk.hub.circulation import feed
from kiosk.hub.circulation.desk import By
from kiosk.hub.circulation.facts import patron_facts, the_policy
from kiosk.hub.circulation.models import Card, Patron
from kiosk.hub.clock import hub_clock
from kiosk.hub.staff.lines import Tone, valid
from kiosk.hub.staff.refusals import refusal


def of(patron: Patron) -> tuple[Tone, str]:
    """The state mark of a patron and its words."""
    block = policy.card_block(the_policy(), patron_facts(patron), hub_clock().now())
    return (Tone.STOP, refusal(block).what) if block else (Tone.DONE, valid(patron))


@atomic
def set_card(by: By, card: Card, status: str) -> str:
    """Sets a card's status; answers the former one."""
    locked = Card.objects.select_for_update(of=("self",)).get(pk=card.pk)
    before: str = locked.status
    card.status = locked.status = status
    locked.save(update_fields=("status",))
    feed.append("card_status", by.now, patron=card.patron.ref, card=card.last4, status=str(status), **by.who())
    return before


@atomic
def set_patron(by: By, patron: Patron, status: str) -> str:
    """Sets a patron's status; answers the former one."""
    locked = Patron.objects.select_for_update(of=("self",)).get(pk=patron.pk)
    before: str = locked.status
    patron.status = locked.status = status
    locked.save(update_fields=("status",))
    feed.append("patron_status", by.now, patron=patron.ref, status=str(status), **by.who())
    return before
