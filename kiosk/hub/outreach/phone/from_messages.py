"""Where the link in a message leads: to what the message is about, for whom it is about; sends nothing."""

from datetime import timedelta

from django.conf import settings
from django.urls import reverse

from kiosk.hub.outreach.delivery.kinds import Kind
from kiosk.hub.outreach.delivery.models import Message
from kiosk.hub.outreach.phone import door

GOOD_FOR = timedelta(days=14)
SIGNED = {
    Kind.RECEIPT: "phone:loans_by_link",
    Kind.LOAN_CONFIRMED: "phone:loans_by_link",
    Kind.LOAN_REFUSED: "phone:loans_by_link",
    Kind.DUE_SOON: "phone:loans_by_link",
    Kind.OVERDUE: "phone:loans_by_link",
    Kind.LOST: "phone:loans_by_link",
    Kind.HOLD_READY: "phone:loans_by_link",
    Kind.RECALL: "phone:loans_by_link",
    Kind.ANSWER: "phone:answers_by_link",
    Kind.RECOMMENDATION: "phone:for_you_by_link",
    Kind.ERASURE: "phone:keep_by_link",
}
"""Pages of hers: each link is hers alone and is used up by what she does there."""
OPEN = {
    Kind.BOOKING: "phone:courses",
    Kind.TEST: "phone:me",
    Kind.CONTACT_CHANGED: "phone:me",
    Kind.QUESTIONNAIRE: "phone:questionnaires",
}
"""Pages that are for anybody, or ask who she is."""


def link(message: Message) -> str:
    """The address to be written into the message; nothing for kinds whose writers know their own."""
    kind = Kind(message.kind)
    if kind in SIGNED:
        return door.link(SIGNED[kind], message.person_id, str(message.uid), GOOD_FOR)
    return address(OPEN[kind]) if kind in OPEN else ""


def address(page: str) -> str:
    """The whole address of a page of the library's public site."""
    return f"{settings.PUBLIC_URL.rstrip('/')}{reverse(page)}"
