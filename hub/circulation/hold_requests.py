"""Place the holds that patrons request at a kiosk or in the portal, if the loan rules permit them."""

from collections.abc import Sequence

from hub.catalogue.models import Item, Title
from hub.circulation import operations
from hub.circulation.domain_mapping import patron_facts, the_library, the_policy
from hub.circulation.models import Hold, Patron
from hub.circulation.operations import Actor, OperationResult, external_ils
from hub.circulation.operations.context import lock_patron
from lending import policy
from lending.model import Block, Reason
from lending.policy import Policy


def keep(by: Actor, patron: Patron, about: str) -> OperationResult | Block:
    """Place a hold on the title, to be picked up at the branch of the kiosk.

    A hold that a kiosk has confirmed while offline (`by.no_block`) is placed even if the rules would refuse it now. If
    the patron already has the title or a hold on it, nothing is reported.

    Args:
        by: The kiosk or member of staff who acts.
        patron: The patron who requests the hold.
        about: Primary key of the title, as text.

    Returns:
        Why there is no hold, or an empty result.
    """
    title = Title.objects.filter(pk=int(about)).first() if about.isdecimal() and len(about) < 19 else None
    if title is None:
        return Block(Reason.UNKNOWN_ITEM)
    lock_patron(patron)
    if not by.no_block and (block := why_not(by, patron, title.pk, [by.branch.code])):
        return block
    placed = operations.place(by, patron, title, by.branch)
    return placed if isinstance(placed, Block) and not by.no_block else OperationResult()


def why_not(by: Actor, patron: Patron, title: int, branches: Sequence[str]) -> Block | None:
    """Return what prevents a hold of the patron on the title at every one of these branches, or None.

    An existing loan or hold of the title is not checked here. Holds are refused if the hub follows an ILS, because that
    ILS would not receive them.
    """
    if external_ils.followed():
        return Block(Reason.CENTRAL_REFUSED)
    law, facts = the_policy(by.now), patron_facts(patron)
    if block := policy.card_block(law, facts, by.now):
        return block
    rules = [rule for each in branches for rule in law.lending(facts.category, each)]
    if rules and all(facts.fees > rule.fee_threshold for rule in rules):
        return Block(Reason.FEES, amount=facts.fees)
    most = the_library().holds
    if Hold.objects.filter(patron=patron, state__in=Hold.OPEN).count() >= most:
        return Block(Reason.LIMIT, count=most)
    return _not_lent(law, facts.category, title, branches)


def _not_lent(law: Policy, category: str, title: int, branches: Sequence[str]) -> Block | None:
    """Return why a patron of this category can borrow no copy at any of the branches, or None."""
    copies = Item.objects.filter(title=title, condition=Item.Condition.NORMAL)
    types = set(copies.order_by().values_list("type__code", flat=True))
    if not types:
        return Block(Reason.UNKNOWN_ITEM)
    rules = [law.rule(category, kind, branch) for kind in types for branch in branches]
    if any(rule is not None and not rule.reading_room_only for rule in rules):
        return None
    return Block(Reason.READING_ROOM if any(rule is not None for rule in rules) else Reason.NO_RULE)
