"""Store sign-in requests and check codes, with the same work for known and unknown card numbers.

The pages only store the number. The minute job looks up the patron and their address later, so that neither the
text nor the response time discloses whether a card exists.
"""

import hmac
import secrets
from datetime import datetime

from hub.core.clock import hub_clock
from hub.core.encrypted_fields import MARK, keyed_hash
from hub.core.retrying_transaction import atomic
from hub.core.throttle import Limit, Throttle
from hub.outreach.library_system.central import the_central
from hub.outreach.messaging.reach_estimate import reachable
from hub.outreach.patrons import verification_codes
from hub.outreach.patrons.models import Code, Person
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.patrons.records import person_of
from hub.outreach.portal.models import SignInRequest

GUESSES = Throttle("sign-in code", Limit(verification_codes.TRIES, verification_codes.GOOD_FOR))


def ask(number: str) -> int:
    """Store a request for a code by card number; return its id.

    A repeated request within the pause between two codes returns the first one's id.
    """
    now, number_hash = hub_clock().now(), keyed_hash("phone asked", number)
    before = SignInRequest.objects.filter(of=number_hash, at__gt=now - verification_codes.PAUSE).order_by("-at").first()
    if before is not None:
        return int(before.pk)
    # No card number starts with MARK, and the field would take it for encrypted text that cannot be decrypted.
    kept = "" if number.startswith(MARK) else number
    made = SignInRequest.objects.create(
        of=number_hash, number=kept, mark=secrets.token_hex(32), at=now, until=now + verification_codes.GOOD_FOR
    )
    return int(made.pk)


@atomic
def check_code(key: int, typed: str) -> Person | None:
    """Return the patron who entered the right code.

    A wrong one counts for every request for the same code.
    """
    asked, now = SignInRequest.objects.filter(pk=key).first(), hub_clock().now()
    attempt, right = GUESSES.take(asked.mark if asked else "", now), _is(asked, typed)
    if asked is None or not right or attempt is None or now >= asked.until:
        return None
    attempt.give_back()
    return _verify_code(asked, typed)


def _is(asked: SignInRequest | None, typed: str) -> bool:
    """Compare in the same time for a code that was never sent: its mark has the same form."""
    sent = (asked.code_id or 0) if asked else 0
    return hmac.compare_digest(verification_codes.mark(sent, typed), asked.mark if asked else "")


def _verify_code(asked: SignInRequest, typed: str) -> Person | None:
    code = Code.objects.select_related("contact").get(pk=asked.code_id)
    person = Person.objects.select_related("guardian").get(pk=asked.person_id)
    return person if verification_codes.sign_in(person, code.contact, typed) is None else None


def send_codes(now: datetime) -> None:
    """Send the codes requested since the last run.

    A failed request does not delay the others, and is tried again until it expires. Its error is raised after all
    of them.
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
    number, asked.number = asked.number.decrypt(), ""
    ref = the_central().by_card(number)
    person = person_of(ref) if ref else None
    contact = reachable(verification_codes.verified_contacts(person), MessageKind.CODE) if person else None
    if contact is not None:
        sent = verification_codes.send(contact, Code.Aim.SIGN)
        code = sent if isinstance(sent, Code) else verification_codes.open_one(contact, Code.Aim.SIGN)
        if code is not None:
            asked.person, asked.code, asked.mark = person, code, code.hash
    asked.save(update_fields=("number", "person", "code", "mark"))
