"""Convert domain facts into the JSON models of the wire protocol."""

from collections.abc import Mapping

from lending import model, policy, wire


def patron(facts: model.Patron) -> wire.WirePatron:
    """Return the patron with a masked name, for display at the kiosk."""
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
    """Return the patron for the snapshot, without name and number."""
    return patron(facts).model_copy(update={"name": "", "last4": ""})


def item(facts: model.Item) -> wire.WireItem:
    """Return the item with title and status."""
    return wire.WireItem(
        id=facts.id,
        title=facts.title,
        author=facts.author,
        call_number=facts.call_number,
        subject=facts.subject,
        cover=facts.cover,
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
    """Return a hold of the patron at the kiosk."""
    return wire.WireHold(
        title=facts.title,
        ready=facts.ready,
        shelf=facts.shelf,
        until=facts.until,
        subject=facts.subject,
        cover=facts.cover,
    )


def wire_rule(rule: policy.Rule, kind: Mapping[str, str]) -> wire.WireApplied:
    """Return the part of the loan rule that is shown to patrons.

    `kind` holds the names of the item type by language.
    """
    return wire.WireApplied(
        category=rule.category,
        item_type=rule.item_type,
        branch=rule.branch,
        days=rule.days,
        hours=rule.hours,
        kind={} if rule.item_type == "*" else dict(kind),
    )
