"""Show the public page of a message's stop link; it needs no sign-in and shows no name."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from hub.core.language import zh_or_en
from hub.outreach.library_system.central import the_central
from hub.outreach.messaging import unsubscribe
from hub.outreach.messaging.channels.wechat import one_time_subscription
from hub.outreach.messaging.services import message_ratings


@never_cache
@require_GET
def wechat_once(request: HttpRequest, token: str) -> HttpResponse:
    """Receive the patron whom WeChat redirects after asking for a consent to one message."""
    taken = one_time_subscription.take(token, *(request.GET.get(name, "") for name in ("openid", "scene", "action")))
    response = render(request, "messaging/once.html", {"library": the_central().library(_language()), "taken": taken})
    response["Referrer-Policy"] = "no-referrer"
    return response


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Ask before stopping, because mail programs prefetch links; a POST stops at once (RFC 8058).

    Exempt from CSRF checks: the link itself authorises the POST, and no cookie does, so another site has nothing to
    use.
    """
    found = unsubscribe.open_link(token)
    language = found.person.message_language if found else _language()
    with translation.override("en" if language == "en" else "zh-hans"):
        context: dict[str, object] = {"library": the_central().library(language), "found": found is not None}
        if found is not None:
            person, kind = found.person, found.kind
            if request.method == "POST":
                _apply_button(request, found)
            context |= {
                "kind": kind.label,
                "marketing": kind.marketing,
                "stopped": unsubscribe.stopped(person, kind),
                "rated": message_ratings().last(found),
            }
        response = render(request, "messaging/stop.html", context, status=200 if found else 410)
        response["Referrer-Policy"] = "no-referrer"
        response["Content-Security-Policy"] = (
            "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'"
        )
        return response


def _language() -> str:
    return zh_or_en()


def _apply_button(request: HttpRequest, found: unsubscribe.StopLink) -> None:
    if "again" in request.POST:
        unsubscribe.resume(found.person, found.kind)
    elif found.kind.marketing and "useful" in request.POST:
        message_ratings().useful(found)
    elif found.kind.marketing and "less" in request.POST:
        message_ratings().less(found)
    else:
        message_ratings().stop(found)
