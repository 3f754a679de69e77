"""Create and check one-hour portal sessions, opened by a message link or a verification code.

Opening a link only shows what it is for. The first action uses it up and starts a session on that phone, so that a
person who gets hold of the message later finds a link without effect.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from secrets import token_urlsafe

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.cache import cache_control

from hub.core import signed_links
from hub.core.clock import hub_clock
from hub.core.encrypted_fields import keyed_hash
from hub.core.language import zh_or_en
from hub.core.pages import formatting
from hub.core.retrying_transaction import atomic
from hub.outreach.library_system.central import PatronAccount, the_central, zone
from hub.outreach.patrons.models import Person
from hub.outreach.portal import share_card
from hub.outreach.portal.models import PortalSession, Scope, UsedLink

View = Callable[..., HttpResponse]
COOKIE = "patron"
"""Name of the session cookie."""
HOUR = timedelta(hours=1)
"""Duration of a session."""
WECHAT = "MicroMessenger"
"""Part of the User-Agent of WeChat's browser, which saves no files."""
KEPT = timedelta(days=90)
"""Maximum validity of a link."""
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
    | {"consent": "consents", "use": "known", "forget_look": "known", "keep": "me"}
    | {"add_family": "family", "remove_family": "family"}
    | dict.fromkeys(("kept_loans", "add_interest", "interest", "infer"), "reading")
)
"""Page to return to after the sign-in, by the action that was interrupted and must be repeated."""
NUMBERED = ("hold", "back")
"""Pages about one numbered object, to which the sign-in returns."""
REGISTRATION = "navigator.serviceWorker&&navigator.serviceWorker.register('/p/worker.js')"
"""The only script of a page: it registers the service worker (`pages.web_app`). Nothing depends on it."""
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
    library, visitor = the_central().library(zh_or_en()), session_patron(request)
    common: dict[str, object] = {
        "library": library,
        "share": share_card.of_library(library),
        "in_wechat": WECHAT in request.headers.get("User-Agent", ""),
        "inside": visitor is not None,
        "registration": mark_safe(REGISTRATION),
    }
    person = None if "badge" in context else session_patron(request, Scope.LOANS)
    if person is not None:
        common["badge"] = pressing(the_central().account(person.ref))
    response = render(request, f"portal/{template}.html", {**common, **context}, status=status)
    if visitor is not None:
        response["Signed-In"] = _phone_mark(visitor)
    return response


def _phone_mark(person: Person) -> str:
    """Return the name under which a phone keeps the patron's pages."""
    return keyed_hash("kept page", person.ref)[:16]


def kept_page(request: HttpRequest, person: Person, template: str, context: Mapping[str, object]) -> HttpResponse:
    """Render a page that the service worker may keep on this phone until the patron signs out."""
    now = timezone.localtime(hub_clock().now())
    response = page(request, template, {**context, "kept_at": f"{formatting.day(now)} {now:%H:%M}"})
    response["Kept-For"] = _phone_mark(person)
    return response


def pressing(account: PatronAccount) -> int:
    """Return how many loans are due today or overdue, and how many holds are ready."""
    now = timezone.localtime(hub_clock().now()).date()
    due = sum(each.dated and timezone.localtime(each.due).date() <= now for each in account.loans)
    return due + sum(each.ready for each in account.holds)


def session_patron(request: HttpRequest, scope: str = "") -> Person | None:
    """Return the signed-in patron if the session covers `scope`; any session does if it is empty."""
    shown = request.COOKIES.get(COOKIE, "")
    if not shown:
        return None
    visits = PortalSession.objects.filter(mark=keyed_hash("phone visit", shown), until__gt=hub_clock().now())
    if scope:
        visits = visits.filter(scope__in=(scope, Scope.ALL))
    visit = visits.select_related("person__guardian").first()
    return visit.person if visit else None


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


@dataclass(frozen=True, slots=True)
class Link:
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


def link(purpose: str, person: int, about: str, good_for: timedelta) -> str:
    """Return the URL for a message. Links of one patron with different `about` are used up separately."""
    return signed_links.url(purpose, f"{person} {about}", hub_clock().now() + min(good_for, KEPT))


def open_link(purpose: str, token: str) -> Link | None:
    """Return the link; None if it is expired, for another page, or invalid."""
    subject = signed_links.subject_of_token(purpose, token)
    if subject is None:
        return None
    person = Person.objects.select_related("guardian").filter(pk=subject.split(" ", 1)[0]).first()
    return Link(person, keyed_hash(f"link {purpose}", subject)) if person else None
