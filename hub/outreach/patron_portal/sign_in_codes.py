"""Keeps that a code was asked for and judges what is typed, with the same work whatever the number was.

The pages only write a number down: whose it is, and whether she has an address to send a code to, is looked up by the
worker of the minute, when nobody waits any more. So neither words nor time tell a stranger whether a card is known.
"""

import hmac
import secrets
from datetime import datetime

from django.db.models import F

from hub.core.clock import hub_clock
from hub.core.encrypted_fields import MARK, keyed
from hub.core.retrying_transaction import atomic
from hub.outreach.delivery.message_kinds import MessageKind
from hub.outreach.delivery.reach_estimate import reachable
from hub.outreach.library_system_registry import the_central
from hub.outreach.patron_portal.models import SignInRequest
from hub.outreach.profiles import verification_codes
from hub.outreach.profiles.feed_consumer import person_of
from hub.outreach.profiles.models import Code, Person


def ask(number: str) -> int:
    """Writes down that a code is wanted for the card with this number; the key of what was written.

    Whoever asks once more before a new code may be sent goes on with the first time.
    """
    now, of = hub_clock().now(), keyed("phone asked", number)
    before = SignInRequest.objects.filter(of=of, at__gt=now - verification_codes.PAUSE).order_by("-at").first()
    if before is not None:
        return int(before.pk)
    kept = "" if number.startswith(MARK) else number  # it is nobody's, and would be taken for sealed and never open
    made = SignInRequest.objects.create(
        of=of, number=kept, mark=secrets.token_hex(32), at=now, until=now + verification_codes.GOOD_FOR
    )
    return int(made.pk)


@atomic
def entered(key: int, typed: str) -> Person | None:
    """Whoever typed the code that was sent for this; a wrong one counts for everybody who asked for the same code."""
    mark = SignInRequest.objects.filter(pk=key).values_list("mark", flat=True).first() or ""
    same = {each.pk: each for each in SignInRequest.objects.select_for_update().filter(mark=mark)}
    asked = same.get(key)
    tries, right = sum(each.tries for each in same.values()), _is(asked, typed)
    if asked is None or not right or tries >= verification_codes.TRIES or hub_clock().now() >= asked.until:
        SignInRequest.objects.filter(pk=key).update(tries=F("tries") + 1)
        return None
    return _signed_in(asked, typed)


def _is(asked: SignInRequest | None, typed: str) -> bool:
    """As long for a code that was never sent: its mark is like one that was."""
    sent = (asked.code_id or 0) if asked else 0
    return hmac.compare_digest(verification_codes.mark(sent, typed), asked.mark if asked else "")


def _signed_in(asked: SignInRequest, typed: str) -> Person | None:
    code = Code.objects.select_related("contact").get(pk=asked.code_id)
    person = Person.objects.select_related("guardian").get(pk=asked.person_id)
    return person if verification_codes.sign_in(person, code.contact, typed) is None else None


def answer(now: datetime) -> None:
    """Sends the codes that were asked for since the last time.

    One that fails keeps nobody else waiting, and is tried again until it is over. Raises its error when all had theirs.
    """
    SignInRequest.objects.filter(until__lte=now).exclude(number="").update(number="")
    failed: Exception | None = None
    for key in SignInRequest.objects.exclude(number="").order_by("pk").values_list("pk", flat=True):
        try:
            _answer(key)
        except Exception as error:  # noqa: BLE001 - it is raised when the others have had their turn
            failed = failed or error
    if failed is not None:
        raise failed


@atomic
def _answer(key: int) -> None:
    asked = SignInRequest.objects.select_for_update().exclude(number="").filter(pk=key).first()
    if asked is None:
        return
    number, asked.number = asked.number.opened(), ""
    ref = the_central().by_card(number)
    person = person_of(ref) if ref else None
    contact = reachable(verification_codes.proved(person), MessageKind.CODE) if person else None
    if contact is not None:
        sent = verification_codes.send(contact, Code.Aim.SIGN)
        code = sent if isinstance(sent, Code) else verification_codes.open_one(contact, Code.Aim.SIGN)
        if code is not None:
            asked.person, asked.code, asked.mark = person, code, code.hash
    asked.save(update_fields=("number", "person", "code", "mark"))
