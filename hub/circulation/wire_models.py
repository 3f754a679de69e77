"""Turns facts into the JSON models of the wire; knows no table and judges nothing."""

from collections.abc import Mapping

from lending import model, policy, wire


def patron(facts: model.Patron) -> wire.WirePatron:
    """The patron with her masked name, for the one who stands at the kiosk."""
    provisional = facts.card is model.CardStatus.PROVISIONAL
    return wire.WirePatron(
        ref=facts.ref,
        category=facts.category,
        card=model.CardStatus.BLOCKED if provisional else facts.card,
        provisional=provisional,
        expires=facts.expires,
        fees=facts.fees,
        loans=dict(facts.loans),
        name=facts.name,
        last4=facts.last4,
        language=facts.language,
    )


def nameless(facts: model.Patron) -> wire.WirePatron:
    """The patron as the snapshot may keep her: no name, no number."""
    return patron(facts).model_copy(update={"name": "", "last4": ""})


def item(facts: model.Item) -> wire.WireItem:
    """The item with title and whereabouts."""
    return wire.WireItem(
        id=facts.id,
        title=facts.title,
        author=facts.author,
        call_number=facts.call_number,
        subject=facts.subject,
        type=facts.type,
        branch=facts.branch,
        status=facts.status,
        holder=facts.holder,
        due=facts.due,
        renewals=facts.renewals,
        waiting=facts.waiting,
        reserved_for=facts.reserved_for,
    )


def hold(facts: model.Hold) -> wire.WireHold:
    """A hold of the one who stands at the kiosk."""
    return wire.WireHold(
        title=facts.title, ready=facts.ready, shelf=facts.shelf, until=facts.until, subject=facts.subject
    )


def applied(rule: policy.Rule, kind: Mapping[str, str]) -> wire.WireApplied:
    """The rule as the one who borrows may know it; `kind` names the item's type."""
    return wire.WireApplied(
        category=rule.category,
        item_type=rule.item_type,
        branch=rule.branch,
        days=rule.days,
        hours=rule.hours,
        kind={} if rule.item_type == "*" else dict(kind),
    )
