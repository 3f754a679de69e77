"""Ask patrons for WeChat consents to one message each, for a loan or hold on their phone page.

WeChat shows the question. If the patron agrees it redirects to our page with their openid.

Source: WeChat Official Accounts, "One-time Subscription Message".
"""

import re
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.db.models import CharField, Exists, F, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from hub.core import signed_links
from hub.core.clock import hub_clock
from hub.core.language import page_language
from hub.outreach.library_system.central import the_central
from hub.outreach.messaging.models import Message, OneTimeSubscription
from hub.outreach.messaging.services import open_loans
from hub.outreach.messaging.settings import Channels
from hub.outreach.patrons.channels import OPEN_ID
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.patrons.records import UsableAddress

PAGE = "messaging:wechat_once"
QUESTION = "https://mp.weixin.qq.com/mp/subscribemsg"
SCENE = re.compile(r"\d{1,5}")
GOOD_FOR = timedelta(days=1)
KEPT = timedelta(days=3)
SPENT = "~"
"""Prefix of the subject of a consent that no longer refers to a loan."""


def question(person: Person, kind: MessageKind, about: str, channels: Channels) -> str:
    """Return the URL where WeChat asks the patron, about the loan or hold with that number.

    Empty if the library has no one-time template of this kind.
    """
    wechat = channels.wechat
    template = wechat.templates.get(kind) if wechat else None
    if wechat is None or template is None or template.how != "once":
        return ""
    back = signed_links.url(PAGE, f"{person.pk} {kind} {about}", hub_clock().now() + GOOD_FOR)
    scene = OneTimeSubscription.objects.filter(person=person).count() % 10000 + 1
    asked = {
        "action": "get_confirm",
        "appid": wechat.app_id,
        "scene": str(scene),
        "template_id": template.id,
        "redirect_url": back,
    }
    return f"{QUESTION}?{urlencode(asked)}#wechat_redirect"


def agreed(person: Person, kind: MessageKind, about: str) -> bool:
    """Return whether the patron has already agreed to the one message about this loan or hold."""
    return bool(OneTimeSubscription.objects.filter(person=person, kind=kind, about=about).exists())


def take(token: str, openid: str, scene: str, action: str) -> bool:
    """Store the patron's consent; return False if it is a refusal or the link is not ours.

    The same consent twice counts once.
    """
    subject = signed_links.subject_of_token(PAGE, token)
    if subject is None or action != "confirm" or not OPEN_ID.fullmatch(openid) or not SCENE.fullmatch(scene):
        return False
    number, kind, about = subject.split(" ", 2)
    person = Person.objects.filter(pk=number).first()
    if person is None:
        return False
    now = hub_clock().now()
    OneTimeSubscription.objects.get_or_create(
        person=person,
        kind=MessageKind(kind),
        about=about,
        defaults={"scene": int(scene) % 32768, "openid": openid, "at": now},
    )
    return True


def ways(message: Message, channels: Channels) -> list[UsableAddress]:
    """Return the address from an unused consent to this very message, about its loans or its hold."""
    template = channels.wechat.templates.get(MessageKind(message.kind)) if channels.wechat else None
    if template is None or template.how != "once":
        return []
    facts = message.decrypted_facts()
    about = {str(each.get("loan")) for each in facts.get("items", ())} | {
        str(facts.get("loan")),
        str(facts.get("hold")),
    }
    unused = OneTimeSubscription.objects.filter(person=message.person, kind=message.kind, about__in=about, used_at=None)
    return [UsableAddress("wechat", f"{each.openid.decrypt()} {each.scene}", message.person) for each in unused[:1]]


def use_consent(person: Person, kind: str, address: str, now: datetime) -> None:
    """Mark the consent as used: it is good for one message, whatever the result."""
    for each in OneTimeSubscription.objects.filter(person=person, kind=kind, used_at=None):
        if f"{each.openid.decrypt()} {each.scene}" == address:
            each.used_at = now
            each.save(update_fields=("used_at",))


def tidy(now: datetime) -> int:
    """Remove the loan from consents that were used or whose loan is over; the row stays and counts."""
    out = open_loans().filter(loan=OuterRef("about"))
    over = Q(used_at__lt=now - KEPT) | (Q(at__lt=now - KEPT) & ~Exists(out))
    rows = OneTimeSubscription.objects.filter(over).exclude(about__startswith=SPENT)
    return int(rows.update(about=Concat(Value(SPENT), Cast(F("pk"), CharField()))))


@never_cache
@require_GET
def wechat_once(request: HttpRequest, token: str) -> HttpResponse:
    """Receive the patron whom WeChat redirects after asking for a consent to one message."""
    taken = take(token, *(request.GET.get(name, "") for name in ("openid", "scene", "action")))
    response = render(
        request, "messaging/once.html", {"library": the_central().library(page_language()), "taken": taken}
    )
    response["Referrer-Policy"] = "no-referrer"
    return response
