"""Build the links in messages and on kiosks' screens, to the page about their subject, and use them up.

Opening a link only shows what it is for. The first action uses it up and starts a session on that phone, so that a
person who gets hold of the message later finds a link without effect.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from hub.core import signed_links
from hub.core.clock import hub_clock
from hub.core.encrypted_fields import keyed_hash
from hub.core.retrying_transaction import atomic
from hub.core.signed_links import public_url
from hub.outreach.messaging.models import Message
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.portal.models import UsedLink
from hub.outreach.portal.portal_session import page, session_patron

KEPT = timedelta(days=90)
"""Maximum validity of a link."""
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
        return signed_link(SIGNED[kind], message.person_id, str(message.uid), GOOD_FOR)
    return public_url(OPEN[kind]) if kind in OPEN else ""


@dataclass(frozen=True, slots=True)
class MessageLink:
    """Link from a message: the patron it is for, and the keyed hash under which its use is stored."""

    person: Person
    mark: str

    @property
    def used(self) -> bool:
        """True if the link was used up before."""
        return bool(UsedLink.objects.filter(pk=self.mark).exists())

    @atomic
    def use(self) -> bool:
        """Use the link up; return False if it was used already."""
        return use_up(self.mark, hub_clock().now() + KEPT)


def use_up(mark: str, until: datetime) -> bool:
    """Record the use of a link or event by its keyed hash; return False if it was used already."""
    _kept, made = UsedLink.objects.get_or_create(pk=mark, defaults={"until": until})
    return bool(made)


def signed_link(purpose: str, person: int, about: str, good_for: timedelta) -> str:
    """Return a URL for a patron; those with different `about` are used up separately."""
    return signed_links.url(purpose, f"{person} {about}", hub_clock().now() + min(good_for, KEPT))


def open_link(purpose: str, token: str) -> MessageLink | None:
    """Return the link; None if it is expired, for another page, or invalid."""
    subject = signed_links.subject_of_token(purpose, token)
    if subject is None:
        return None
    person = Person.objects.select_related("guardian").filter(pk=subject.split(" ", 1)[0]).first()
    return MessageLink(person, keyed_hash(f"link {purpose}", subject)) if person else None


def usable_link(request: HttpRequest, purpose: str, token: str, scope: str, to: str) -> MessageLink | HttpResponse:
    """Return the link, used up by a POST; else a redirect to the page `to` or the reason why it opens nothing.

    A session of the same patron that covers `scope` is redirected.
    """
    link = open_link(purpose, token)
    if link is None or link.used:
        if link is not None and session_patron(request, scope) == link.person:
            return redirect(f"portal:{to}")
        return page(request, "over", {"used": link is not None, "to": to}, 410)
    if request.method == "POST" and not link.use():
        return page(request, "over", {"used": True, "to": to}, 410)
    return link
