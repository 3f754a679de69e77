"""Build the link in a message: to the page about its subject, for the patron concerned."""

from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse

from hub.outreach.messaging.models import Message
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.portal import portal_session

GOOD_FOR = timedelta(days=14)
"""Validity of a link in a message."""
SIGNED = {
    MessageKind.RECEIPT: "portal:loans_by_link",
    MessageKind.LOAN_CONFIRMED: "portal:loans_by_link",
    MessageKind.LOAN_REFUSED: "portal:loans_by_link",
    MessageKind.DUE_SOON: "portal:loans_by_link",
    MessageKind.OVERDUE: "portal:loans_by_link",
    MessageKind.LOST: "portal:loans_by_link",
    MessageKind.HOLD_READY: "portal:loans_by_link",
    MessageKind.RECALL: "portal:loans_by_link",
    MessageKind.ANSWER: "portal:answers_by_link",
    MessageKind.RECOMMENDATION: "portal:for_you_by_link",
    MessageKind.ERASURE: "portal:keep_by_link",
}
"""Pages with personal data: the link is signed for one patron and is used up by their first action."""
OPEN = {
    MessageKind.BOOKING: "portal:courses",
    MessageKind.TEST: "portal:me",
    MessageKind.CONTACT_CHANGED: "portal:me",
    MessageKind.QUESTIONNAIRE: "portal:questionnaires",
}
"""Pages that are public or ask the patron to sign in."""


def link(message: Message) -> str:
    """Return the URL for the message; empty for kinds whose sender sets its own."""
    kind = MessageKind(message.kind)
    if kind in SIGNED:
        return portal_session.link(SIGNED[kind], message.person_id, str(message.uid), GOOD_FOR)
    return address(OPEN[kind]) if kind in OPEN else ""


def use_up(mark: str, until: datetime) -> bool:
    """Record the use of a link or event by its keyed hash; return False if it was used already."""
    return portal_session.use_up(mark, until)


def address(page: str) -> str:
    """Return the absolute URL of a page of the public site."""
    return f"{settings.PUBLIC_URL.rstrip('/')}{reverse(page)}"
