"""Stop a kind of message for a patron, by a link in each message and without sign-in, or send it less often."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from hub.core import signed_links
from hub.core.clock import hub_clock
from hub.core.language import page_code, page_language
from hub.outreach.library_system.central import the_central
from hub.outreach.messaging.models import FrequencyPreference, Message, Unsubscription
from hub.outreach.messaging.services import StopLink, message_ratings
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind

PAGE = "messaging:stop"
GOOD_FOR = timedelta(days=90)
CANNOT = frozenset({MessageKind.CODE, MessageKind.CONTACT_CHANGED, MessageKind.ERASURE, MessageKind.TEST})
"""Kinds that the patron requested, or that protect the account."""
BEGINS, SELDOMEST = 28, 112
"""Days between two messages after the first "less often", and the maximum."""


def link(message: Message) -> str:
    """Return the link that stops messages of this kind; empty for kinds that cannot be stopped."""
    if message.kind in CANNOT:
        return ""
    subject = f"{message.person_id} {message.kind} {message.pk}"
    return signed_links.url(PAGE, subject, hub_clock().now() + GOOD_FOR)


def open_link(token: str) -> StopLink | None:
    """Decode a link; None if it is expired or was tampered with."""
    subject = signed_links.subject_of_token(PAGE, token)
    if subject is None:
        return None
    number, kind, *message = subject.split()
    person = Person.objects.filter(pk=number).first()
    return StopLink(person, MessageKind(kind), int(message[0]) if message else 0) if person else None


def stop(person: Person, kind: MessageKind, by: str) -> None:
    """Stop this kind for the person; a marketing kind by withdrawing the consent. Repeating has no effect."""
    now = hub_clock().now()
    if kind.marketing:
        consents.withdraw(person, kind.purpose, by, now)
    else:
        Unsubscription.objects.get_or_create(person=person, kind=kind, defaults={"at": now})


def stopped(person: Person, kind: MessageKind) -> bool:
    """Return whether this kind is stopped for the person."""
    if kind.marketing and not consents.has_consented(person, kind.purpose):
        return True
    return is_unsubscribed(person, kind)


def is_unsubscribed(person: Person, kind: MessageKind) -> bool:
    """Return whether the patron has stopped this very kind, whatever consents they gave."""
    return bool(Unsubscription.objects.filter(person=person, kind=kind).exists())


def resume(person: Person, kind: MessageKind) -> None:
    """Resume the kind for the person; a kind that needs a consent needs a new one."""
    Unsubscription.objects.filter(person=person, kind=kind).delete()


def send_less_often(person: Person, kind: MessageKind) -> int:
    """Halve the frequency, starting at one message in four weeks; return the days between two."""
    pace, new = FrequencyPreference.objects.select_for_update().get_or_create(
        person=person, kind=kind, defaults={"days": BEGINS}
    )
    if not new:
        pace.days = min(2 * pace.days, SELDOMEST)
        pace.save(update_fields=("days",))
    return int(pace.days)


def send_more_often(person: Person, kind: MessageKind) -> None:
    """Double the frequency; back to the library's own frequency from the first step."""
    pace = FrequencyPreference.objects.select_for_update().filter(person=person, kind=kind).first()
    if pace is None:
        return
    if pace.days <= BEGINS:
        pace.delete()
    else:
        pace.days //= 2
        pace.save(update_fields=("days",))


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop_page(request: HttpRequest, token: str) -> HttpResponse:
    """Ask before stopping, because mail programs prefetch links; a POST stops at once (RFC 8058).

    Exempt from CSRF checks: the link itself authorises the POST, and no cookie does, so another site has nothing to
    use.
    """
    found = open_link(token)
    language = found.person.message_language if found else page_language()
    with translation.override(page_code(language)):
        context: dict[str, object] = {"library": the_central().library(language), "found": found is not None}
        if found is not None:
            person, kind = found.person, found.kind
            if request.method == "POST":
                _apply_button(request, found)
            context |= {
                "kind": kind.label,
                "marketing": kind.marketing,
                "stopped": stopped(person, kind),
                "rated": message_ratings().last(found),
            }
        response = render(request, "messaging/stop.html", context, status=200 if found else 410)
        response["Referrer-Policy"] = "no-referrer"
        response["Content-Security-Policy"] = (
            "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'"
        )
        return response


def _apply_button(request: HttpRequest, found: StopLink) -> None:
    if "again" in request.POST:
        resume(found.person, found.kind)
    elif found.kind.marketing and "useful" in request.POST:
        message_ratings().useful(found)
    elif found.kind.marketing and "less" in request.POST:
        message_ratings().less(found)
    else:
        message_ratings().stop(found)
