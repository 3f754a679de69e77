"""Lends and renews, each in one database transaction; the judging is lending.policy's."""

from dataclasses import replace
from datetime import datetime, timedelta

from hub.catalogue.models import Item
from hub.circulation.domain_mapping import Whereabouts, patron_facts, the_policy, whereabouts
from hub.circulation.models import Card, Hold, Loan, Patron, PendingReturn, Renewal
from hub.circulation.operations import external_ils, last_seen
from hub.circulation.operations.context import Actor, OperationResult, lock_item, lock_patron, tell
from hub.circulation.operations.holds import wait_again
from hub.core.retrying_transaction import atomic
from lending import policy
from lending.model import Block, ItemStatus, Reason
from lending.model import Item as ItemFacts

MOST_LATER = timedelta(days=60)
"""How much later than by the rules a promised due date may be; what is further off was reckoned by a wrong clock."""


@atomic
def checkout(
    by: Actor,
    patron: Patron,
    item: Item,
    *,
    card: Card | None = None,
    promised: datetime | None = None,
    unverified: bool = False,
    reckoned: bool = False,
) -> OperationResult | Block:
    """Lends the item to the patron. A handed-in item is in the library: it is lent, and that closes the return."""
    patron, item = lock_patron(patron), lock_item(item)
    there = whereabouts(item)
    return checkout_held(by, patron, there, card=card, promised=promised, unverified=unverified, reckoned=reckoned)


def checkout_held(
    by: Actor,
    patron: Patron,
    there: Whereabouts,
    *,
    card: Card | None = None,
    promised: datetime | None = None,
    unverified: bool = False,
    reckoned: bool = False,
) -> OperationResult | Block:
    """As `checkout`, in the caller's transaction, which holds both rows and has read where the item is."""
    item, law, who, what = there.item, the_policy(by.now), patron_facts(patron, card), there.facts
    if (brought := external_ils.brought(by, patron, there)) is not None:
        return external_ils.known_now(by, brought)
    verdict = _gone(item) or policy.checkout(law, who, what, by.branch.code, by.now)
    rule = law.rule(who.category, what.type, by.branch.code)
    if isinstance(verdict, Block):
        others = what.status is ItemStatus.ON_LOAN and what.holder != who.ref
        if not by.no_block or (others and not by.elsewhere):
            return verdict
        due = _kept(law, rule, by, promised)
    else:
        due = _later(by, verdict.due, promised) if by.no_block else verdict.due
    due = external_ils.due(by, promised) or due
    last_seen.note(by, item, seen=True)
    former = _close_former(by, patron, there)
    loan = Loan.objects.create(
        patron=patron,
        item=item,
        branch=by.branch,
        checked_out_at=by.now,
        due=due,
        reckoned=reckoned,
        rule_id=_row_of(rule),
        transaction=by.transaction,
        unverified=unverified,
        uncertain=not by.believed,
        displaced=_displace(by, patron, there),
        hold=_fill_hold(by, patron, there),
        former=former,
    )
    if item.condition == Item.Condition.LOST:
        item.condition = Item.Condition.NORMAL
        item.save(update_fields=("condition",))
    tell("checkout", by, loan)
    return OperationResult(
        due=None if reckoned else due, loan=loan, rule=rule, against=external_ils.against(by, verdict)
    )


def lent_and_back(
    by: Actor,
    patron: Patron,
    there: Whereabouts,
    back: datetime,
    *,
    card: Card | None = None,
    promised: datetime | None = None,
    unverified: bool = False,
    reckoned: bool = False,
) -> OperationResult:
    """Records a loan that is over: when its row came the item had been seen in the library since.

    In the caller's transaction, which holds both rows and has read where the item is.
    """
    item, law, who, what = there.item, the_policy(by.now), patron_facts(patron, card), there.facts
    rule = law.rule(who.category, what.type, by.branch.code)
    due = external_ils.due(by, promised) or _kept(law, rule, by, promised)
    loan = Loan.objects.create(
        patron=patron,
        item=item,
        state=Loan.State.RETURNED,
        branch=by.branch,
        checked_out_at=by.now,
        due=due,
        reckoned=reckoned,
        rule_id=_row_of(rule),
        closed_at=back,
        transaction=by.transaction,
        unverified=unverified,
    )
    tell("checkout", by, loan)
    tell("checkin", replace(by, now=back), loan)
    return OperationResult(due=due, loan=loan, rule=rule)


def _gone(item: Item) -> Block | None:
    return Block(Reason.UNKNOWN_ITEM) if item.condition == Item.Condition.WITHDRAWN else None


def _row_of(rule: policy.Rule | None) -> int | None:
    """The row that a loan keeps of the rule by which it is lent; none of one that lends nothing."""
    return int(rule.ref) if rule is not None and rule.ref and not rule.reading_room_only else None


def _kept(law: policy.Policy, rule: policy.Rule | None, by: Actor, promised: datetime | None) -> datetime:
    """The due date of a loan that no rule allows and that has happened: the later of rule's and promised."""
    return _later(by, law.due(rule, by.branch.code, by.now) if rule else by.now, promised)


def _later(by: Actor, own: datetime, promised: datetime | None) -> datetime:
    """The rules' date or the promised one, if that is later: no more than so far that rules may have changed since.

    What is further off, by a clock that was not right, is no date that anybody can have relied on.
    """
    if promised is None or (promised > own + MOST_LATER and not by.clock_right):
        return own
    return max(own, min(promised, own + MOST_LATER))


def _close_former(by: Actor, patron: Patron, there: Whereabouts) -> Loan | None:
    """Ends the loan that an item lent anew still had: it was handed in, or has been back without anybody's notice.

    Gives the latter where it was the same patron's: it goes on when the new loan is undone.
    """
    former = there.loan
    if former is None:
        return None
    unnoticed = former.state == Loan.State.ON_LOAN
    former.state, former.closed_at, former.uncertain = Loan.State.RETURNED, by.now, former.uncertain or not by.believed
    former.save(update_fields=("state", "closed_at", "uncertain"))
    PendingReturn.objects.filter(loan=former, state=PendingReturn.State.WAITING).update(
        state=PendingReturn.State.LENT, closed_at=by.now
    )
    tell("checkin", by, former)
    return former if unnoticed and former.patron_id == patron.pk else None


def _displace(by: Actor, patron: Patron, there: Whereabouts) -> Hold | None:
    """Lets a hold that had trapped this copy for somebody else wait for the next one."""
    if there.ready is None or there.ready.patron == patron.pk:
        return None
    other: Hold = Hold.objects.select_related("patron").get(pk=there.ready.pk)
    wait_again(by, other)
    return other


def _fill_hold(by: Actor, patron: Patron, there: Whereabouts) -> Hold | None:
    """Closes the borrower's own hold. A copy that was kept for it and is not the one she took is free again."""
    found = there.hold_of(patron)
    if found is None:
        return None
    own: Hold = Hold.objects.get(pk=found.pk)
    own.state, own.closed_at = Hold.State.COLLECTED, by.now
    own.save(update_fields=("state", "closed_at"))
    return own


@atomic
def renew(
    by: Actor,
    patron: Patron,
    item: Item,
    *,
    card: Card | None = None,
    promised: datetime | None = None,
    reckoned: bool = False,
) -> OperationResult | Block:
    """Renews the patron's loan of the item."""
    patron, item = lock_patron(patron), lock_item(item)
    return renew_held(by, patron, whereabouts(item), card=card, promised=promised, reckoned=reckoned)


def renew_held(
    by: Actor,
    patron: Patron,
    there: Whereabouts,
    *,
    card: Card | None = None,
    promised: datetime | None = None,
    reckoned: bool = False,
) -> OperationResult | Block:
    """As `renew`, in the caller's transaction, which holds both rows and has read where the item is."""
    law, who, what, loan = the_policy(by.now), patron_facts(patron, card), there.facts, there.loan
    verdict = policy.renew(law, who, what, by.branch.code, by.now)
    rule = law.rule(who.category, what.type, by.branch.code)
    kept = _kept(law, rule, by, promised)
    if isinstance(verdict, Block):
        if not by.no_block or loan is None or not _hers(who.ref, what):
            return verdict
        due = max(loan.due, kept)
        if verdict.reason is Reason.TOO_EARLY and due == loan.due:
            return OperationResult(due=None if loan.reckoned else due, loan=loan, rule=rule)
    else:
        due = max(verdict.due, kept) if by.no_block else verdict.due
    due = external_ils.due(by, promised) or due
    assert loan is not None
    Renewal.objects.create(
        loan=loan,
        at=by.now,
        due_before=loan.due,
        due_after=due,
        rule_before_id=loan.rule_id,
        transaction=by.transaction,
    )
    loan.due, loan.renewals, loan.rule_id, loan.reckoned = due, loan.renewals + 1, _row_of(rule), reckoned
    loan.save(update_fields=("due", "renewals", "rule", "reckoned"))
    tell("renewed", by, loan)
    return OperationResult(
        due=None if reckoned else due, loan=loan, rule=rule, against=external_ils.against(by, verdict)
    )


def _hers(ref: str, what: ItemFacts) -> bool:
    return what.status is ItemStatus.ON_LOAN and what.holder == ref
