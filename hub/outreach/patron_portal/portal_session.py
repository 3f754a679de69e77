"""Lets a patron in for an hour, by a link that she uses or a code that she types; shows nothing of hers itself.

A link alone only shows what it is for. The first thing that is done by it uses it up and begins an hour on that phone,
so that whoever gets hold of the message later finds a link that does nothing any more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from secrets import token_urlsafe
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.cache import cache_control

from hub.core.clock import hub_clock
from hub.core.encrypted_fields import keyed
from hub.core.retrying_transaction import atomic
from hub.outreach import signed_links
from hub.outreach.library_system_registry import the_central
from hub.outreach.patron_portal.models import PortalSession, Scope, UsedLink
from hub.outreach.profiles.models import Person

View = Callable[..., HttpResponse]
COOKIE = "patron"
HOUR = timedelta(hours=1)
KEPT = timedelta(days=90)
"""No link is good for longer."""
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
    | dict.fromkeys(("address", "bind", "test", "channel", "quiet", "consent", "stop", "keep"), "me")
    | dict.fromkeys(("digest", "scan", "unbind"), "me")
    | dict.fromkeys(("kept_loans", "add_interest", "interest", "infer"), "reading")
)
"""To which page a button belongs that cannot be pressed again by itself after the sign-in."""
NUMBERED = ("hold", "back")
"""Pages that are about one thing by its number: the sign-in leads back to that one."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}
"""No script runs and nothing comes from elsewhere. No other site is told an address; our own must be, for a browser
that tells nobody does not say either where a form comes from, and that is what guards forms against other sites."""


def patrons_page(view: View) -> View:
    """Shows a page in the library's time zone; nobody keeps a copy."""

    @wraps(view)
    @cache_control(no_store=True, private=True)
    def entered(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        with timezone.override(ZoneInfo(the_central().time_zone())):
            response = view(request, *args, **kwargs)
        for name, value in HEADERS.items():
            response[name] = value
        return response

    return entered


def page(request: HttpRequest, template: str, context: dict[str, object], status: int = 200) -> HttpResponse:
    """Draws a page with what every one of them shows."""
    english = (translation.get_language() or "").startswith("en")
    common = {"library": the_central().library("en" if english else "zh"), "inside": visitor(request) is not None}
    return render(request, f"phone/{template}.html", {**common, **context}, status=status)


def visitor(request: HttpRequest, scope: str = "") -> Person | None:
    """Who is in on this phone, as far as `scope`; any scope will do where none is named."""
    shown = request.COOKIES.get(COOKIE, "")
    if not shown:
        return None
    visits = PortalSession.objects.filter(mark=keyed("phone visit", shown), until__gt=hub_clock().now())
    if scope:
        visits = visits.filter(scope__in=(scope, Scope.ALL))
    visit = visits.select_related("person__guardian").first()
    return visit.person if visit else None


def begin(response: HttpResponse, person: Person, scope: str) -> HttpResponse:
    """Lets her in on the phone that gets the response."""
    token = token_urlsafe(24)
    until = hub_clock().now() + HOUR
    PortalSession.objects.create(person=person, mark=keyed("phone visit", token), scope=Scope(scope), until=until)
    response.set_cookie(
        COOKIE, token, max_age=int(HOUR.total_seconds()), httponly=True, samesite="Lax", path=reverse("phone:home")
    )
    return response


def end(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Shuts the door behind her."""
    PortalSession.objects.filter(mark=keyed("phone visit", request.COOKIES.get(COOKIE, ""))).delete()
    response.delete_cookie(COOKIE, path=reverse("phone:home"), samesite="Lax")
    return response


def signed_in(scope: str) -> Callable[[View], View]:
    """Gives the view the person who is in; sends everybody else to the sign-in, and back here afterwards."""

    def made(view: View) -> View:
        @wraps(view)
        def entered(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            person = visitor(request, scope)
            if person is None:
                return redirect(f"{reverse('phone:sign_in')}?to={_behind(request)}")
            return view(request, person, *args, **kwargs)

        return patrons_page(entered)

    return made


def _behind(request: HttpRequest) -> str:
    where = request.resolver_match
    name = str(where.url_name)
    return f"{name}-{where.kwargs['number']}" if name in NUMBERED else BEHIND.get(name, name)


@dataclass(frozen=True, slots=True)
class Link:
    """A link from a message: whose it is, and the mark under which it is used up."""

    person: Person
    mark: str

    @property
    def used(self) -> bool:
        return bool(UsedLink.objects.filter(pk=self.mark).exists())

    @atomic
    def use(self) -> bool:
        """Uses it up; False where somebody was quicker."""
        _kept, made = UsedLink.objects.get_or_create(pk=self.mark, defaults={"until": hub_clock().now() + KEPT})
        return bool(made)


def link(purpose: str, person: int, about: str, good_for: timedelta) -> str:
    """The address for a message. `about` makes two links of one person two, each used up by itself."""
    return signed_links.url(purpose, f"{person} {about}", hub_clock().now() + min(good_for, KEPT))


def opened(purpose: str, token: str) -> Link | None:
    """The link; None where it is over, for another page, or not ours."""
    subject = signed_links.opened(purpose, token)
    if subject is None:
        return None
    person = Person.objects.select_related("guardian").filter(pk=subject.split(" ", 1)[0]).first()
    return Link(person, keyed(f"link {purpose}", subject)) if person else None
