"""Build the link in a message: to the page about its subject, for the patron concerned."""

from datetime import timedelta

from django.conf import settings
from django.urls import reverse

from hub.outreach.delivery.message_kinds import MessageKind
from hub.outreach.delivery.models import Message
from hub.outreach.patron_portal import portal_session

GOOD_FOR = timedelta(days=14)
"""Validity of a link in a message."""
SIGNED = {
    MessageKind.RECEIPT: "phone:loans_by_link",
    MessageKind.LOAN_CONFIRMED: "phone:loans_by_link",
    MessageKind.LOAN_REFUSED: "phone:loans_by_link",
    MessageKind.DUE_SOON: "phone:loans_by_link",
    MessageKind.OVERDUE: "phone:loans_by_link",
    MessageKind.LOST: "phone:loans_by_link",
    MessageKind.HOLD_READY: "phone:loans_by_link",
    MessageKind.RECALL: "phone:loans_by_link",
    MessageKind.ANSWER: "phone:answers_by_link",
    MessageKind.RECOMMENDATION: "phone:for_you_by_link",
    MessageKind.ERASURE: "phone:keep_by_link",
}
"""Pages with personal data: the link is signed for one patron and is used up by their first action."""
OPEN = {
    MessageKind.BOOKING: "phone:courses",
    MessageKind.TEST: "phone:me",
    MessageKind.CONTACT_CHANGED: "phone:me",
    MessageKind.QUESTIONNAIRE: "phone:questionnaires",
}
"""Pages that are public or ask the patron to sign in."""


def link(message: Message) -> str:
    """Return the URL for the message; empty for kinds whose sender sets its own."""
    kind = MessageKind(message.kind)
    if kind in SIGNED:
        return portal_session.link(SIGNED[kind], message.person_id, str(message.uid), GOOD_FOR)
    return address(OPEN[kind]) if kind in OPEN else ""


def address(page: str) -> str:
    """Return the absolute URL of a page of the public site."""
    return f"{settings.PUBLIC_URL.rstrip('/')}{reverse(page)}"
