"""Reads mail that came back and marks what it tells of: attempt and address; the message then goes another way.

A report is believed only when it names a Message-ID that this hub gave; its words are not kept.
"""

import re
from datetime import datetime
from email import message_from_bytes, policy
from email.message import Message as Mail

from hub.core.retrying_transaction import atomic
from hub.outreach.delivery.models import Delivery, Message
from hub.outreach.profiles import contacts
from hub.outreach.profiles.models import Contact

KEY = re.compile(rb"<([0-9a-f]{32})@[^>\s]+>")
STATUS = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})")
NO_SUCH_ADDRESS = frozenset({"1.1", "1.2", "1.3", "1.6", "1.10", "2.1"})
"""RFC 3463: bad mailbox, bad system, bad syntax, moved, null MX; mailbox disabled."""


def take(raw: bytes, now: datetime) -> bool:
    """Takes one mail; False where it is no report about one of our mails, or one of a delay."""
    mail = message_from_bytes(raw, policy=policy.compat32)
    status = _status(mail)
    keys = {found.decode() for found in KEY.findall(raw)}
    if status is None or not keys:
        return False
    return sum(_came_back(key, status in NO_SUCH_ADDRESS, now) for key in keys) > 0


@atomic
def _came_back(key: str, nobody: bool, now: datetime) -> bool:
    sent = Delivery.objects.select_for_update(of=("self",)).filter(key=key, channel="mail", state=Delivery.State.SENT)
    delivery = sent.select_related("message__person__guardian", "person").first()
    if delivery is None:
        return False
    delivery.state, delivery.code = Delivery.State.DEAD, "mail_bounced"
    delivery.save(update_fields=("state", "code"))
    if nobody:
        for each in Contact.objects.filter(person=delivery.person, channel="mail", hash=delivery.address):
            contacts.bounced(contacts.Way("mail", each.address.opened(), delivery.person), now)
    said = Message.objects.filter(pk=delivery.message_id, state=Message.State.SAID).exclude(facts="")
    said.update(state=Message.State.WAITING, why="again", next_at=now, done_at=None)
    return True


def _status(mail: Mail) -> str | None:
    """The enhanced status of a failure, without its class: `1.1` of 5.1.1; None for a delay or no report at all."""
    if mail.get_content_type() != "multipart/report":
        return None
    for part in mail.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for block in part.walk():
            action, status = str(block.get("Action", "")).strip().lower(), STATUS.match(str(block.get("Status", "")))
            if action == "failed" and status:
                return f"{status[2]}.{status[3]}"
    return None
