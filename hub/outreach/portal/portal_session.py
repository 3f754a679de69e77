"""Serve the portal's pages to patrons: one-hour sessions, the frame of every page, and notices of what was done."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import wraps
from secrets import token_urlsafe
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control

from hub.core.clock import hub_clock
from hub.core.encrypted_fields import keyed_hash
from hub.core.language import page_language
from hub.core.pages import formatting
from hub.core.throttle import forget_old
from hub.outreach.library_system.central import the_central, zone
from hub.outreach.patrons.models import LibraryLook, Person
from hub.outreach.portal.models import PortalSession, Scope, SignInRequest, UsedLink

View = Callable[..., HttpResponse]
COOKIE = "patron"
"""Name of the session cookie."""
HOUR = timedelta(hours=1)
"""Duration of a session."""
WECHAT = "MicroMessenger"
"""Part of the User-Agent of WeChat's browser, which saves no files."""
BEHIND = (
    {
        "book": "courses",
        "give_back": "courses",
        "event_book": "events",
        "event_give_back": "events",
        "end": "searches",
        "back_end": "searches",
        "mine_change": "mine",
        "new_pin": "pin",
    }
    | dict.fromkeys(("address", "bind", "test", "channel", "stop", "scan", "unbind"), "notifications")
    | {"consent": "consents", "allow_services": "services", "use": "known", "forget_look": "known", "keep": "me"}
    | {"add_family": "family", "remove_family": "family"}
    | dict.fromkeys(("kept_loans", "add_interest", "interest", "infer"), "reading")
)
"""Page to return to after the sign-in, by the action that was interrupted and must be repeated."""
NUMBERED = ("hold", "back")
"""Pages about one numbered object, to which the sign-in returns."""
REGISTRATION = "navigator.serviceWorker&&navigator.serviceWorker.register('/p/worker.js')"
"""The only script of a page: it registers the service worker (`pages.site`). Nothing depends on it."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; manifest-src 'self'; "
    "script-src 'sha256-44H/TMFUvEhvD5YklIubRrpnKZ3cmpHz7Kfat5Kz/As='; worker-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}
"""Security headers: no script but the registration by its hash, no external content, no `Referer` elsewhere.

`same-origin` still sends it to this site: a browser that sends none also omits `Origin` on forms, which the CSRF
check needs.
"""
SYMBOL = re.compile(r'<symbol id="([^"]+)".*?</symbol>\n?', re.DOTALL)
USED = re.compile(r'<use href="#([^"]+)"')
ICON = "portal/icon-512.png"
ICON_SIZE = 512
ROW = "row"
"""Mark of a notice that is shown in a row of the page."""


@dataclass(frozen=True, slots=True)
class ShareCard:
    """Title, words and picture of the card that WeChat and others show when a page is shared (Open Graph protocol).

    `url` is the page's own address; empty if the page is the patron's own and is not shared. `type` is the media type
    of the picture.
    """

    title: str
    words: str
    url: str = ""
    picture: str = ""
    width: int = 0
    height: int = 0
    type: str = "image/jpeg"


def patrons_page(view: View) -> View:
    """Render the page in the library's time zone, and forbid caching."""

    @wraps(view)
    @cache_control(no_store=True, private=True)
    def guarded_view(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        with timezone.override(zone()):
            response = view(request, *args, **kwargs)
        for name, value in HEADERS.items():
            response[name] = value
        return response

    return guarded_view


def page(request: HttpRequest, template: str, context: Mapping[str, object], status: int = 200) -> HttpResponse:
    """Render a template with the context common to all pages. Of whom it is, the service worker reads in a header."""
    library, visitor = the_central().library(page_language()), session_patron(request)
    common: dict[str, object] = {
        "library": library,
        "look": LibraryLook.now(),
        "share": _library_card(library),
        "in_wechat": WECHAT in request.headers.get("User-Agent", ""),
        "inside": visitor is not None,
        "registration": mark_safe(REGISTRATION),
    }
    person = None if "pressing" in context else session_patron(request, Scope.LOANS)
    if person is not None:
        common["pressing"] = pressing(person)
    response = render(request, f"portal/{template}.html", {**common, **context}, status=status)
    response.content = _without_unused_icons(response.content.decode())
    if visitor is not None:
        response["Signed-In"] = _phone_mark(visitor)
    return response


def _without_unused_icons(page: str) -> str:
    """Return the page with only those symbols of the sprite that it uses: a third of its bytes on a slow line."""
    used = set(USED.findall(page))
    return SYMBOL.sub(lambda found: found[0] if found[1] in used else "", page)


def _library_card(library: str) -> ShareCard:
    """Return the card of every page without one of its own: it says nothing about the patron."""
    words = _("Find books, renew loans and place holds on your phone.")
    return with_icon(ShareCard(library, words))


def with_icon(card: ShareCard) -> ShareCard:
    """Return the card with the library's icon as its picture."""
    picture = f"{settings.PUBLIC_URL.rstrip('/')}{static(ICON)}"
    return ShareCard(card.title, card.words, card.url, picture, ICON_SIZE, ICON_SIZE, "image/png")


def _phone_mark(person: Person) -> str:
    """Return the name under which a phone keeps the patron's pages."""
    return keyed_hash("kept page", person.ref)[:16]


def kept_page(request: HttpRequest, person: Person, template: str, context: Mapping[str, object]) -> HttpResponse:
    """Render a page that the service worker may keep on this phone until the patron signs out."""
    now = timezone.localtime(hub_clock().now())
    response = page(request, template, {**context, "kept_at": f"{formatting.day(now)} {now:%H:%M}"})
    response["Kept-For"] = _phone_mark(person)
    return response


def pressing(person: Person) -> int:
    """Return how many loans are due today or overdue, and how many holds are ready."""
    tomorrow = timezone.localtime(hub_clock().now()).date() + timedelta(days=1)
    return the_central().pressing(person.ref, timezone.make_aware(datetime.combine(tomorrow, time())))


def session_patron(request: HttpRequest, scope: str = "") -> Person | None:
    """Return the signed-in patron if the session covers `scope`; any session does if it is empty.

    The session is read once per request.
    """
    if not hasattr(request, "portal_session"):
        shown = request.COOKIES.get(COOKIE, "")
        visits = PortalSession.objects.filter(mark=keyed_hash("phone visit", shown), until__gt=hub_clock().now())
        request.portal_session = visits.select_related("person__guardian").first() if shown else None
    visit = request.portal_session
    return visit.person if visit and (not scope or visit.scope in (scope, Scope.ALL)) else None


def start_session(response: HttpResponse, person: Person, scope: str) -> HttpResponse:
    """Start a session on the phone that receives the response."""
    token = token_urlsafe(24)
    until = hub_clock().now() + HOUR
    PortalSession.objects.create(person=person, mark=keyed_hash("phone visit", token), scope=Scope(scope), until=until)
    response.set_cookie(
        COOKIE, token, max_age=int(HOUR.total_seconds()), httponly=True, samesite="Lax", path=reverse("portal:home")
    )
    return response


def end(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """End the session."""
    PortalSession.objects.filter(mark=keyed_hash("phone visit", request.COOKIES.get(COOKIE, ""))).delete()
    request.portal_session = None
    response.delete_cookie(COOKIE, path=reverse("portal:home"), samesite="Lax")
    return response


def signed_in(scope: str) -> Callable[[View], View]:
    """Pass the signed-in patron to the view; redirect others to the sign-in, which then leads back."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded_view(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            person = session_patron(request, scope)
            if person is None:
                return redirect(f"{reverse('portal:sign_in')}?to={_behind(request)}")
            return view(request, person, *args, **kwargs)

        return patrons_page(guarded_view)

    return decorate


def _behind(request: HttpRequest) -> str:
    where = request.resolver_match
    name = str(where.url_name)
    return f"{name}-{where.kwargs['number']}" if name in NUMBERED else BEHIND.get(name, name)


def report_saved(request: HttpRequest, text: str, undo: str = "", **fields: str) -> None:
    """Report success on the next page.

    Args:
        request: Request that did it.
        text: What was done.
        undo: URL whose POST restores the former state; without it no undo is offered.
        fields: Form fields of that POST.
    """
    messages.success(request, text, extra_tags=f"{undo}?{urlencode(fields)}" if undo else "")


def in_row(request: HttpRequest, row: str, text: str, *, done: bool) -> None:
    """Report an outcome in this row of the next page."""
    messages.add_message(request, messages.SUCCESS if done else messages.ERROR, text, extra_tags=f"{ROW} {row}")


def of_rows(request: HttpRequest) -> dict[str, Message]:
    """Return the messages for rows of this page, by row."""
    found = [(each.extra_tags.split(" ", 1), each) for each in messages.get_messages(request) if each.extra_tags]
    return {tags[1]: each for tags, each in found if tags[0] == ROW}


def delete_expired(now: datetime) -> None:
    """Delete everything that expired before `now`."""
    PortalSession.objects.filter(until__lte=now).delete()
    UsedLink.objects.filter(until__lte=now).delete()
    SignInRequest.objects.filter(until__lte=now).delete()
    forget_old(now)
