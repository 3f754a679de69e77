"""Accept a change of a patron's record only with the pass that the hub returned for a right PIN or code.

A card hash proves nothing: each kiosk has all of them in its snapshot. The pass (`hub.core.verified_card_token`) names
card, kiosk and a time. A pass that an offline kiosk sends later must cover the time of the act. To prevent reuse of an
old pass, the hub must have received no earlier row of the kiosk that happened after the pass ended.

A change without such a pass is refused while the patron waits, and set aside for staff if it was promised offline.
"""

from datetime import datetime

from django.db.models import Q

from hub.circulation import watch
from hub.circulation.models import Kiosk, Transaction
from hub.circulation.operations import Actor
from hub.core import verified_card_token
from hub.core.clock import hub_clock
from lending.model import Block, Reason
from lending.patron_record import ERASE, SENSITIVE
from lending.transactions import PatronResponse


def is_proved(by: Actor, said: PatronResponse) -> bool:
    """Return whether the patron has proved ownership of the card, at the kiosk or to the acting member of staff."""
    if by.staff:
        return True
    if (
        by.kiosk is None
        or said.card is None
        or not verified_card_token.covers(said.proof, said.card, by.kiosk.name, by.now)
    ):
        return False
    return not _heard_since(by, by.kiosk, verified_card_token.ends(said.proof) + verified_card_token.SLACK)


def refusal(by: Actor, said: PatronResponse) -> Block | None:
    """Return why the answer of a known card is not taken, or None; count it against the kiosk.

    A kiosk that was not updated yet sends no proofs: that is no sign of misuse.
    """
    if said.ask not in SENSITIVE or by.staff or by.kiosk is None:
        return None
    now = hub_clock().now()
    if not is_proved(by, said):
        if said.proof or by.kiosk.proves:
            watch.note(by.kiosk, watch.UNPROVED, now)
        return Block(Reason.NO_PROOF)
    if said.ask == ERASE:
        if watch.rests(by.kiosk, watch.ERASE, now):
            return Block(Reason.CENTRAL_REFUSED)
        watch.note(by.kiosk, watch.ERASE, now)
    return None


def _heard_since(by: Actor, kiosk: Kiosk, moment: datetime) -> bool:
    """Tell whether something happened after the moment, or the act's number is another row's.

    Newer rows of the same journal prove nothing: after a restore a kiosk sends older rows again behind them.
    """
    others = Transaction.objects.filter(kiosk=kiosk).exclude(pk=by.transaction)
    before = ~Q(journal=kiosk.journal) | Q(seq__lt=by.seq)
    used_twice = Q(journal=kiosk.journal, seq=by.seq)
    return bool(others.filter(before & Q(happened_at__gt=moment) | used_twice).exists())
