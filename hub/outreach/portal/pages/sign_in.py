"""Sign in by a code sent to a verified address, without disclosing whether a card or address exists.

The pages only store the number, with the same work for known and unknown ones. The minute job looks up the patron and
their address later, so that neither the text nor the response time discloses whether a card exists.
"""

import hmac
import re
import secrets
from datetime import datetime, timedelta
from math import ceil

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from hub.core import signed_links
from hub.core.clock import hub_clock
from hub.core.encrypted_fields import MARK, keyed_hash
from hub.core.retrying_transaction import atomic
from hub.core.throttle import Limit, Throttle
from hub.outreach.library_system.central import the_central
from hub.outreach.messaging.reach_estimate import reachable
from hub.outreach.messaging.settings import channels_or_none
from hub.outreach.patrons import verification_codes
from hub.outreach.patrons.channels import Channel
from hub.outreach.patrons.models import Code, Contact, Person
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.patrons.records import person_of
from hub.outreach.portal.models import Scope, SignInRequest
from hub.outreach.portal.portal_session import end, page, patrons_page, start_session
from hub.outreach.portal.rate_limit import give_back, take_attempt

KNOWN_PHONE = "known_phone"
"""Name of the cookie of a phone on which a code has signed a patron in, and purpose of the token in it."""
KNOWN_FOR = timedelta(days=180)
"""Time for which a phone is known, from the last sign-in."""
PURPOSE = "phone code asked for"
"""Purpose of the signed attempt.

Its name differs from that of older releases, whose attempts named a patron: one left open over an update is treated
as expired.
"""
OWN = (
    "home loans fees me notifications quiet digest consents known ask courses lost_card pin questionnaires for_you "
    "reading events mine export erase family"
).split()
ROOMS = {**{each: f"portal:{each}" for each in OWN}, "searches": "opac:searches"}
"""Pages to which signing in can lead."""
ONE_OF = {"event": "portal:event", "hold": "opac:hold", "back": "opac:back"}
NUMBERED = re.compile(rf"({'|'.join(ONE_OF)})-(\d{{1,9}})")
"""Pages about one event, or about one title to place a hold on or to be notified of."""
WAYS = {
    Channel.MAIL: (gettext_lazy("Email me a code"), "mail"),
    Channel.SMS: (gettext_lazy("Text me a code"), "message-square-text"),
    Channel.WECHAT: (gettext_lazy("Code by WeChat"), "smartphone"),
    Channel.WECOM: (gettext_lazy("Code by WeCom"), "smartphone"),
}
"""Words and icon of the button for a code by each channel."""
GROUP = re.compile(r"(?<=\d)(?=(?:\d{4})+$)")
"""Places for a blank in a long number."""
SENT = {
    Channel.MAIL: gettext_lazy("We are emailing it to {address}. It works for 10 minutes."),
    Channel.SMS: gettext_lazy("We are texting it to {address}. It works for 10 minutes."),
}
"""Where a code goes, by channel, for a phone that knows it."""
GUESSES = Throttle("sign-in code", Limit(verification_codes.TRIES, verification_codes.GOOD_FOR))


@require_http_methods(["GET", "HEAD", "POST"])
@patrons_page
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for the card, then for the code. The second page is the same for known and unknown cards."""
    to = _room(request.POST.get("to", ""))
    if "of" in request.POST:
        return _enter(request, to)
    if not channels_or_none().sends(MessageKind.CODE):
        return page(request, "no_codes", {"by_kiosk": settings.PUBLIC})
    if request.method != "POST":
        return _render_card(request, _room(request.GET.get("to", "")))
    number = request.POST.get("card", "").strip()[:64]
    if not number:
        return _render_card(request, to, _("Enter your card number first."), 422)
    if take_attempt(request, "sign_in") is None:
        fault = _("Too many code requests. Try again in 15 minutes, or come to the desk.")
        return _render_card(request, to, fault, 429)
    attempt = signed_links.token(
        PURPOSE, f"{request_code(number, _way(request)):020}", hub_clock().now() + verification_codes.GOOD_FOR
    )
    return _render_code(request, to, attempt)


def _enter(request: HttpRequest, to: str) -> HttpResponse:
    attempts = take_attempt(request, "code")
    if attempts is None:
        fault = _("Too many wrong codes. Try again in 15 minutes, or come to the desk.")
        return _render_card(request, to, fault, 429)
    person = _verify(request.POST["of"], request.POST.get("code", ""))
    if person is None:
        fault = _("The code is wrong or has expired. Check it, or request a new one.")
        return _render_code(request, to, request.POST["of"][:400], fault, 422)
    give_back(attempts)
    response = start_session(redirect(_address(to)), person, Scope.ALL)
    token = signed_links.token(KNOWN_PHONE, f"{person.pk:020}", hub_clock().now() + KNOWN_FOR)
    response.set_cookie(
        KNOWN_PHONE,
        token,
        max_age=int(KNOWN_FOR.total_seconds()),
        httponly=True,
        samesite="Lax",
        path=reverse("portal:home"),
    )
    return response


def _render_card(request: HttpRequest, to: str, fault: str = "", status: int = 200) -> HttpResponse:
    on = channels_or_none()
    ways = [(str(channel), *shown) for channel, shown in WAYS.items() if on.has(channel, MessageKind.CODE, "")]
    # A library may send codes by another service alone.
    context = {"to": to, "fault": fault, "ways": ways or [("", _("Send code"), "mail")]}
    return page(request, "sign_in", {**context, "pin_at_kiosk": _pin_at_kiosk()}, status)


def _way(request: HttpRequest) -> str:
    way = request.POST.get("way", "")
    return way if way in WAYS else ""


def _render_code(request: HttpRequest, to: str, attempt: str, fault: str = "", status: int = 200) -> HttpResponse:
    """Ask for the code. The card number is the one that was entered, whether or not it exists."""
    number = request.POST.get("card", "").strip()[:64]
    subject = signed_links.subject_of_token(PURPOSE, attempt)
    asked = SignInRequest.objects.filter(pk=int(subject)).first() if subject else None
    again = asked.at + verification_codes.PAUSE if asked else hub_clock().now()
    context = {
        "to": to,
        "of": attempt,
        "fault": fault,
        "card": number,
        "way": _way(request),
        "typed": _in_groups(number),
        "sent": _sent_text(request, number),
        # Rounded up to the minute that the page shows.
        "again": again + timedelta(seconds=59) if again > hub_clock().now() else None,
        "tens": ceil((again - hub_clock().now()) / timedelta(seconds=10)) * 10,
        "pin_at_kiosk": _pin_at_kiosk(),
    }
    return page(request, "code", context, status)


def _in_groups(number: str) -> str:
    """Return the digits of a card number in groups of four from its end; other numbers as they were typed."""
    return GROUP.sub(" ", number) if number.isascii() and number.isdecimal() else number


def _sent_text(request: HttpRequest, number: str) -> str:
    """Return where the code goes, if a code has signed in the holder of this card on this phone before.

    Anyone else who knows a card number would learn from it that the card exists, and part of an address.
    """
    subject = signed_links.subject_of_token(KNOWN_PHONE, request.COOKIES.get(KNOWN_PHONE, ""))
    person = Person.objects.filter(pk=int(subject)).first() if subject else None
    contact = None
    if person is not None and the_central().by_card(number) == person.ref:
        contact = _code_contact(person, _way(request))
    if contact is None:
        return _("If this card has a confirmed address, we sent the code there. It works for 10 minutes.")
    channel = Channel(contact.channel)
    words = SENT.get(channel, _("We are sending it by {channel}. It works for 10 minutes."))
    return str(words).format(address=contact.masked, channel=channel.label)


def _code_contact(person: Person, way: str) -> Contact | None:
    """Return the contact that a code goes to: by another channel if none is confirmed for the chosen one."""
    contacts = verification_codes.verified_contacts(person)
    return reachable(sorted(contacts, key=lambda each: each.channel != way), MessageKind.CODE)


def _pin_at_kiosk() -> bool:
    """Return whether a PIN opens My details at a kiosk, whose code signs in a phone."""
    return bool(settings.PUBLIC) and the_central().keeps_pins()


def _verify(attempt: str, typed: str) -> Person | None:
    """Return the patron who entered the code sent for this attempt, or None."""
    subject = signed_links.subject_of_token(PURPOSE, attempt)
    digits = "".join(each for each in typed if each.isdecimal())
    return check_code(int(subject), digits) if subject else None


@require_POST
@patrons_page
def sign_out(request: HttpRequest) -> HttpResponse:
    response = end(request, redirect("portal:home"))
    response.delete_cookie(KNOWN_PHONE, path=reverse("portal:home"), samesite="Lax")
    return response


def _room(asked: str) -> str:
    return asked if asked in ROOMS or NUMBERED.fullmatch(asked) else "loans"


def _address(room: str) -> str:
    one = NUMBERED.fullmatch(room)
    return reverse(ONE_OF[one[1]], args=(int(one[2]),)) if one else reverse(ROOMS[room])


def request_code(number: str, way: str = "") -> int:
    """Store a request for a code by card number, if possible by this channel; return its id.

    A repeated request within the pause between two codes returns the first one's id.
    """
    now, number_hash = hub_clock().now(), keyed_hash("phone asked", number)
    before = SignInRequest.objects.filter(of=number_hash, at__gt=now - verification_codes.PAUSE).order_by("-at").first()
    if before is not None:
        SignInRequest.objects.filter(pk=before.pk).exclude(number="").update(channel=way)  # until it is sent
        return int(before.pk)
    # No card number starts with MARK, and the field would take it for encrypted text that cannot be decrypted.
    typed_number = "" if number.startswith(MARK) else number
    made = SignInRequest.objects.create(
        of=number_hash,
        number=typed_number,
        channel=way,
        mark=secrets.token_hex(32),
        at=now,
        until=now + verification_codes.GOOD_FOR,
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
    contact = _code_contact(person, asked.channel) if person else None
    if contact is not None:
        sent = verification_codes.send(contact, Code.Aim.SIGN)
        code = sent if isinstance(sent, Code) else verification_codes.open_one(contact, Code.Aim.SIGN)
        if code is not None:
            asked.person, asked.code, asked.mark = person, code, code.hash
    asked.save(update_fields=("number", "person", "code", "mark"))
