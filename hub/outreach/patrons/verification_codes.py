"""Verify addresses by one-time codes, and accept codes for a new PIN or for signing in."""

import hmac
import logging
import re
import secrets
from datetime import timedelta
from enum import StrEnum

from django.db.models import QuerySet

from hub.core.clock import hub_clock
from hub.core.encrypted_fields import keyed_hash
from hub.core.places import calling_code
from hub.core.retrying_transaction import atomic
from hub.core.throttle import Limit, Throttle
from hub.outreach.library_system.central import the_central
from hub.outreach.patrons.channels import Channel
from hub.outreach.patrons.models import Change, Code, Contact, Person
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.patrons.records import TRUSTED, RecordSource, is_unconfirmed, note, replace_others
from hub.outreach.patrons.services import outbox, text_limits

log = logging.getLogger(__name__)
GOOD_FOR, PAUSE, DAY = timedelta(minutes=10), timedelta(minutes=1), timedelta(days=1)
TRIES, A_DAY = 5, 10
GUESSES = Throttle("verification code", Limit(TRIES, GOOD_FOR))
PIN = re.compile(r"\d{4,12}")


class CodeRefusalReason(StrEnum):
    """Reason why no code was sent, or why a code was rejected."""

    WRONG = "wrong"
    OVER = "over"
    TOO_MANY = "too_many"
    TOO_SOON = "too_soon"
    NOT_PROVED = "not_proved"
    NO_PIN = "no_pin"
    COUNTRY = "country"
    BUDGET = "budget"


@atomic
def send(contact: Contact, aim: str) -> Code | CodeRefusalReason:
    """Send a six-digit code to the contact. A new PIN and signing in require a verified contact."""
    now = hub_clock().now()
    owner = Person.objects.select_for_update().get(pk=contact.person_id)
    if aim in (Code.Aim.PIN, Code.Aim.SIGN) and (contact.bound_at is None or contact.bounced_at or contact.replaced_at):
        return CodeRefusalReason.NOT_PROVED
    sent = Code.objects.filter(person=owner, sent_at__gt=now - DAY)
    if sent.count() >= A_DAY:
        return CodeRefusalReason.TOO_MANY
    if sent.filter(contact=contact, aim=aim, sent_at__gt=now - PAUSE).exists():
        return CodeRefusalReason.TOO_SOON
    if is_unconfirmed(contact) and (refused := refuses(contact.channel, contact.address.decrypt())) is not None:
        return refused
    digits = f"{secrets.randbelow(10**6):06}"
    Code.objects.filter(contact=contact, aim=aim, used_at=None).update(until=now)
    code: Code = Code.objects.create(
        person=owner, contact=contact, aim=Code.Aim(aim), hash="", sent_at=now, until=now + GOOD_FOR
    )
    code.hash = mark(code.pk, digits)
    code.save(update_fields=("hash",))
    outbox().queue_message(
        owner,
        MessageKind.CODE,
        f"{code.pk}",
        {"contact": contact.pk, "code": digits, "aim": str(aim)},
        until=code.until,
    )
    return code


def refuses(channel: str, address: str) -> CodeRefusalReason | None:
    """Return why no code may be sent to an unverified address, or None.

    Limits the damage of SMS pumping: fraudsters request many messages to numbers abroad that pay them.
    """
    if channel != Channel.SMS:
        return None
    texts = text_limits()
    if not address.startswith(texts.countries or calling_code(the_central().time_zone())):
        return CodeRefusalReason.COUNTRY
    if texts_sent().count() >= texts.a_day:
        log.error(
            "No more codes by text message: the limit of %d in 24 hours is reached. See [texts] in channels.toml.",
            texts.a_day,
        )
        return CodeRefusalReason.BUDGET
    return None


def texts_sent() -> "QuerySet[Code]":
    """Return the codes that went by text message to unverified numbers within a day."""
    since = hub_clock().now() - DAY
    sent = Code.objects.filter(aim=Code.Aim.BIND, contact__channel=Channel.SMS, sent_at__gt=since)
    return sent.exclude(contact__source__in=TRUSTED)


def mark(code: int, digits: str) -> str:
    """Return the keyed hash of a code; `code` is the id of its row."""
    return keyed_hash(f"code {code}", digits.strip())


def open_one(contact: Contact, aim: str) -> Code | None:
    """Return the valid code that was sent there, or None."""
    live = Code.objects.filter(until__gt=hub_clock().now())
    return live.filter(contact=contact, aim=aim, used_at=None).first()


@atomic
def bind(contact: Contact, typed: str, by: RecordSource) -> CodeRefusalReason | None:
    """Verify the contact by its code; it then replaces the former one of its channel."""
    refused = _check_code(contact, Code.Aim.BIND, typed)
    if refused is not None:
        return refused
    contact.bound_at = contact.verified_at = by.now
    contact.bounced_at = contact.replaced_at = None
    contact.save(update_fields=("bound_at", "verified_at", "bounced_at", "replaced_at"))
    note(contact.person, contact.channel, Change.Act.BOUND, by)
    replace_others(contact, by)
    return None


def verified_contacts(person: Person) -> list[Contact]:
    """Return the contacts to which a code for a new PIN may be sent: the person's, or the guardian's."""
    found = Contact.objects.filter(person=person.recipient, bounced_at=None, replaced_at=None)
    return list(found.exclude(bound_at=None).order_by("-bound_at"))


@atomic
def new_pin(person: Person, contact: Contact, typed: str, pin: str) -> CodeRefusalReason | None:
    """Set a new PIN if the code sent to a verified contact of the person or their guardian is right."""
    if not PIN.fullmatch(pin):
        return CodeRefusalReason.NO_PIN
    if contact not in verified_contacts(person):
        return CodeRefusalReason.NOT_PROVED
    refused = _check_code(contact, Code.Aim.PIN, typed)
    if refused is None:
        the_central().set_pin(person.ref, pin)
    return refused


@atomic
def sign_in(person: Person, contact: Contact, typed: str) -> CodeRefusalReason | None:
    """Check a sign-in code sent to a verified contact of the person or guardian; None if it is right."""
    if contact not in verified_contacts(person):
        return CodeRefusalReason.NOT_PROVED
    return _check_code(contact, Code.Aim.SIGN, typed)


def _check_code(contact: Contact, aim: str, typed: str) -> CodeRefusalReason | None:
    now = hub_clock().now()
    code = Code.objects.select_for_update().filter(contact=contact, aim=aim, used_at=None).first()
    if code is None or now >= code.until:
        return CodeRefusalReason.OVER
    attempt = GUESSES.take(str(code.pk), now)
    if attempt is None:
        return CodeRefusalReason.TOO_MANY
    if not hmac.compare_digest(code.hash, mark(code.pk, typed)):
        return CodeRefusalReason.WRONG
    attempt.give_back()
    code.used_at = now
    code.save(update_fields=("used_at",))
    return None
