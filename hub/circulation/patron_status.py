"""Read and change the status of patrons and cards; each change is appended to the event feed."""

from collections.abc import Iterable
from dataclasses import dataclass

from hub.circulation import event_feed
from hub.circulation.domain_mapping import patrons_facts, the_policy
from hub.circulation.models import Card, Patron
from hub.circulation.operations import Actor
from hub.circulation.refusals import refusal, tone_of, valid
from hub.core.clock import hub_clock
from hub.core.pages.tone import Tone
from hub.core.retrying_transaction import atomic
from lending import model, policy


@dataclass(frozen=True, slots=True)
class PatronStatus:
    """A patron with their facts and their state mark."""

    patron: Patron
    facts: model.Patron
    tone: Tone
    words: str


def status_of_patrons(patrons: Iterable[Patron]) -> list[PatronStatus]:
    """Return the status of many patrons with a constant number of queries."""
    known = list(patrons)
    now = hub_clock().now()
    law = the_policy(now)
    found = []
    for patron, facts in zip(known, patrons_facts((each, None) for each in known), strict=True):
        block = policy.card_block(law, facts, now)
        tone, words = (tone_of(block), refusal(block).what) if block else (Tone.DONE, valid(patron))
        found.append(PatronStatus(patron, facts, tone, words))
    return found


@atomic
def set_card(by: Actor, card: Card, status: str) -> str:
    """Set a card's status and return the former one."""
    locked = Card.objects.select_for_update(of=("self",)).get(pk=card.pk)
    before: str = locked.status
    card.status = locked.status = status
    locked.save(update_fields=("status",))
    event_feed.append(
        "card_status", by.now, patron=card.patron.ref, card=card.last4, status=str(status), **by.actor_facts()
    )
    return before


@atomic
def set_patron(by: Actor, patron: Patron, status: str) -> str:
    """Set a patron's status and return the former one."""
    locked = Patron.objects.select_for_update(of=("self",)).get(pk=patron.pk)
    before: str = locked.status
    patron.status = locked.status = status
    locked.save(update_fields=("status",))
    event_feed.append("patron_status", by.now, patron=patron.ref, status=str(status), **by.actor_facts())
    return before
