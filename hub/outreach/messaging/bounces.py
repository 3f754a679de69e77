"""Read bounce reports, mark the attempt and the address, and send the message another way.

A report is accepted only if it names a Message-ID of this hub. Its text is not stored.

Source: RFC 3464 (delivery status notifications), RFC 3463 (enhanced status codes).
"""

import re
from datetime import datetime
from email import message_from_bytes, policy
from email.message import Message as Mail

from hub.core.retrying_transaction import atomic
from hub.outreach.messaging.models import Delivery, Message
from hub.outreach.patrons import records
from hub.outreach.patrons.models import Contact

KEY = re.compile(rb"<([0-9a-f]{32})@[^>\s]+>")
STATUS = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})")
NO_SUCH_ADDRESS = frozenset({"1.1", "1.2", "1.3", "1.6", "1.10", "2.1"})
"""RFC 3463: bad mailbox, bad system, bad syntax, moved, null MX; mailbox disabled."""


def take(raw: bytes, now: datetime) -> bool:
    """Process one mail; return False if it reports no failure of one of our mails."""
    mail = message_from_bytes(raw, policy=policy.compat32)
    status = _status(mail)
    keys = {found.decode() for found in KEY.findall(raw)}
    if status is None or not keys:
        return False
    return sum(_came_back(key, status in NO_SUCH_ADDRESS, now) for key in keys) > 0


@atomic
def _came_back(key: str, unknown_address: bool, now: datetime) -> bool:
    sent = Delivery.objects.select_for_update(of=("self",)).filter(key=key, channel="mail", state=Delivery.State.SENT)
    delivery = sent.select_related("message__person__guardian", "person").first()
    if delivery is None:
        return False
    delivery.state, delivery.code = Delivery.State.DEAD, "mail_bounced"
    delivery.save(update_fields=("state", "code"))
    if unknown_address:
        for each in Contact.objects.filter(person=delivery.person, channel="mail", hash=delivery.address):
            records.mark_bounced("mail", each.address.decrypt(), now)
    messages = Message.objects.filter(pk=delivery.message_id, state=Message.State.SAID).exclude(facts="")
    messages.update(state=Message.State.WAITING, why="again", next_at=now, done_at=None)
    return True


def _status(mail: Mail) -> str | None:
    """Return the enhanced status of a failure without its class: `1.1` of 5.1.1.

    None for a delay, or if the mail is no delivery report.
    """
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
