"""Consents to one message each, asked for beside each loan on her phone and given to WeChat; sends nothing.

WeChat shows the question, and sends her back to our page with her openid when she has said yes.
"""

import re
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.db.models import CharField, Exists, F, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat

from hub.core.clock import hub_clock
from hub.outreach import signed_links
from hub.outreach.delivery.message_kinds import MessageKind
from hub.outreach.delivery.models import Message, OneTimeSubscription
from hub.outreach.delivery.settings import Channels
from hub.outreach.profiles.channels import OPEN_ID
from hub.outreach.profiles.contacts import Way
from hub.outreach.profiles.models import Person
from hub.outreach.reminders.models import OpenLoan

PAGE = "delivery:wechat_once"
QUESTION = "https://mp.weixin.qq.com/mp/subscribemsg"
SCENE = re.compile(r"\d{1,5}")
GOOD_FOR = timedelta(days=1)
KEPT = timedelta(days=3)
SPENT = "~"
"""How it begins what a consent is about that is about no loan any more."""


def question(person: Person, kind: MessageKind, about: str, channels: Channels) -> str:
    """Where WeChat asks her, about the loan or hold of that number.

    Empty where the library has no template of this kind that one consent is good for.
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
    """Whether she has said yes already, to the one message about this."""
    return bool(OneTimeSubscription.objects.filter(person=person, kind=kind, about=about).exists())


def take(token: str, openid: str, scene: str, action: str) -> bool:
    """Notes her yes; False where it is a no, or was not asked by us. The same yes twice is one."""
    subject = signed_links.opened(PAGE, token)
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


def ways(message: Message, channels: Channels) -> list[Way]:
    """The way that an unused consent to this very message opens: to one about its loans or its hold."""
    template = channels.wechat.templates.get(MessageKind(message.kind)) if channels.wechat else None
    if template is None or template.how != "once":
        return []
    facts = message.told()
    about = {str(each.get("loan")) for each in facts.get("items", ())} | {
        str(facts.get("loan")),
        str(facts.get("hold")),
    }
    unused = OneTimeSubscription.objects.filter(person=message.person, kind=message.kind, about__in=about, used_at=None)
    return [Way("wechat", f"{each.openid.opened()} {each.scene}", message.person) for each in unused[:1]]


def used(person: Person, kind: str, address: str, now: datetime) -> None:
    """One consent is one message, whatever became of it."""
    for each in OneTimeSubscription.objects.filter(person=person, kind=kind, used_at=None):
        if f"{each.openid.opened()} {each.scene}" == address:
            each.used_at = now
            each.save(update_fields=("used_at",))


def tidy(now: datetime) -> int:
    """Forgets which loan a consent was for, when it was used or the loan is over; that there was one stays counted."""
    out = OpenLoan.objects.filter(loan=OuterRef("about"))
    over = Q(used_at__lt=now - KEPT) | (Q(at__lt=now - KEPT) & ~Exists(out))
    rows = OneTimeSubscription.objects.filter(over).exclude(about__startswith=SPENT)
    return int(rows.update(about=Concat(Value(SPENT), Cast(F("pk"), CharField()))))
