"""Accept a change of a patron's record only with the token issued for a right PIN or code.

A card hash proves nothing: each kiosk has all of them in its snapshot. The token (`hub.core.verified_card_token`) names
card, kiosk and a time. A token that an offline kiosk uploads later must cover the time of the transaction. To prevent
reuse of an old token, the hub must have received no earlier row of the kiosk that happened after the token expired.

A change without such a token is refused while the patron waits, and set aside for staff if it was promised offline.
"""

from datetime import datetime

from django.db.models import Q

from hub.circulation import watch
from hub.circulation.models import Kiosk, Transaction
from hub.circulation.operations import Actor
from hub.core import verified_card_token
from hub.core.clock import hub_clock
from lending.model import Block, Reason
from lending.responses import PatronResponse, Proof, RecordErasure


def is_proved(by: Actor, response: PatronResponse) -> bool:
    """Return whether the patron has proved ownership of the card, to the kiosk or to the member of staff."""
    if by.staff:
        return True
    if (
        by.kiosk is None
        or response.card is None
        or not verified_card_token.covers(response.proof, response.card, by.kiosk.name, by.now)
    ):
        return False
    return not _may_be_reused(by, by.kiosk, verified_card_token.ends(response.proof) + verified_card_token.SLACK)


def refusal(by: Actor, response: PatronResponse) -> Block | None:
    """Return why the response of a known card is refused, or None; count a refusal against the kiosk.

    A kiosk with older software sends no proofs: that is no sign of misuse.
    """
    if response.required_proof is not Proof.REQUIRED or by.staff or by.kiosk is None:
        return None
    now = hub_clock().now()
    if not is_proved(by, response):
        if response.proof or by.kiosk.proves:
            watch.note(by.kiosk, watch.UNPROVED, now)
        return Block(Reason.NO_PROOF)
    if isinstance(response, RecordErasure):
        if watch.rests(by.kiosk, watch.ERASE, now):
            return Block(Reason.CENTRAL_REFUSED)
        watch.note(by.kiosk, watch.ERASE, now)
    return None


def _may_be_reused(by: Actor, kiosk: Kiosk, moment: datetime) -> bool:
    """Return whether the token may be reused: a row happened after that moment, or has the same number.

    Newer rows of the same journal prove nothing: after a restore a kiosk sends older rows again after them.
    """
    others = Transaction.objects.filter(kiosk=kiosk).exclude(pk=by.transaction)
    before = ~Q(journal=kiosk.journal) | Q(seq__lt=by.seq)
    used_twice = Q(journal=kiosk.journal, seq=by.seq)
    return bool(others.filter(before & Q(happened_at__gt=moment) | used_twice).exists())
