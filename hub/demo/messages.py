"""Invent what the demo library sends and announces: messages (none was really sent), events, posters, a campaign."""

from datetime import datetime, timedelta

from django.utils import timezone

from hub.catalogue.models import Branch
from hub.demo.sample_data import Cases
from hub.outreach.engagement.campaigns import posters
from hub.outreach.engagement.campaigns.models import Campaign, Poster
from hub.outreach.engagement.feedback.models import Course, Session
from hub.outreach.messaging.message_templates import samples
from hub.outreach.messaging.models import Delivery, MailAccount, Message, Pause, Unsubscription, Wording
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind

KEY = "demo"
TOLD: tuple[tuple[MessageKind, str, str, tuple[tuple[str, str, str], ...], int], ...] = (
    (MessageKind.HOLD_READY, "said", "", (("wechat", "sent", ""),), 2),
    (MessageKind.DUE_SOON, "said", "", (("mail", "sent", ""),), 5),
    (MessageKind.DUE_SOON, "said", "", (("mail", "failed", "mail_later"), ("mail", "sent", "")), 9),
    (MessageKind.LOAN_CONFIRMED, "said", "", (("screen", "sent", ""),), 20),
    (MessageKind.RECALL, "said", "", (("sms", "sent", ""),), 27),
    (MessageKind.OVERDUE, "given_up", "all_failed", (("mail", "dead", "mail_no_such_address"),), 30),
    (MessageKind.OVERDUE, "underway", "", (("mail", "dead", "mail_bounced"), ("screen", "pending", "")), 31),
    (MessageKind.CAMPAIGN, "withheld", "no_consent", (), 33),
    (MessageKind.QUESTIONNAIRE, "withheld", "stopped", (), 35),
    (MessageKind.DIGEST, "said", "", (("mail", "sent", ""),), 50),
)
"""Kind, state, reason, attempts (channel, state, code), and hours ago."""
EVENTS = (
    (
        "草原故事会",
        "Stories from the steppe",
        "小朋友和家长一起听草原故事，再把听到的画下来。纸笔由图书馆准备。",
        "Listen to tales of the steppe with your children, then draw what you heard. We provide paper and crayons.",
        "适合 3–8 岁儿童及家长",
        "For children from 3 to 8 with a parent",
        "2F 201",
        "mongolia",
        4,
    ),
    (
        "方志里的家乡",
        "Home in old gazetteers",
        "馆员带您翻看馆藏地方志，找一找自己住的那条街。",
        "A librarian opens our local gazetteers with you: find the street where you live.",
        "适合成人和 12 岁以上读者",
        "For adults, and children from 12",
        "1F 101",
        "china history",
        9,
    ),
)
"""Names, texts, audiences, room, search for related books, and the number of days until the event."""
PLACES = 20


def make(cases: Cases, now: datetime) -> None:
    """Create the messages if they are missing, spread over the patrons."""
    people = list(Person.objects.filter(ref__in=[each.ref for each in cases.patrons]).order_by("pk"))
    if not people or Message.objects.filter(key__startswith=KEY).exists():
        return
    for number, (kind, state, reason, attempts, hours) in enumerate(TOLD):
        at, person = now - timedelta(hours=hours), people[number % len(people)]
        closed = state not in ("waiting", "underway")
        message = Message.objects.create(
            person=person, kind=kind, key=f"{KEY}-{number}", made_at=at, next_at=at,
            facts="" if closed else Message.encode_facts(samples(kind)),
            state=Message.State(state), why=reason, done_at=at if closed else None,
        )  # fmt: skip
        for attempt, (channel, outcome, code) in enumerate(attempts, 1):
            Delivery.objects.create(
                message=message, number=attempt, person=person, channel=channel, key=f"{KEY}-{number}-{attempt}",
                state=Delivery.State(outcome), made_at=at, done_at=None if outcome == "pending" else at, code=code,
            )  # fmt: skip


def clear() -> None:
    """Delete messages and their settings."""
    for table in (Message, Unsubscription, Wording, Pause, MailAccount):
        table.objects.all().delete()


def make_campaigns(now: datetime) -> None:
    """Create the events, posters and campaign, once."""
    if Poster.objects.exists():
        return
    main, today = Branch.objects.get(code="main"), timezone.localtime(now).date()
    for name, name_en, words, words_en, audience, audience_en, room, reading, days in EVENTS:
        event = Course.objects.create(
            kind=Course.Kind.EVENT, name={"zh": name, "en": name_en}, words={"zh": words, "en": words_en},
            audience={"zh": audience, "en": audience_en}, price=0, reading=reading,
        )  # fmt: skip
        begins = timezone.localtime(now + timedelta(days=days)).replace(hour=15, minute=0, second=0, microsecond=0)
        ends = begins + timedelta(hours=1)
        Session.objects.create(course=event, branch=main, room=room, begins=begins, ends=ends, places=PLACES)
        posters.of_event(event, now, today)
    Poster.objects.create(
        title={"zh": "还书箱昼夜开放", "en": "Return books at any hour"},
        words={"zh": "总馆东门，全天可还", "en": "At the east door of the main library"},
        first=today, last=today + timedelta(days=60), made_at=now,
    )  # fmt: skip
    Campaign.objects.create(
        heading={"zh": "草原故事会，周末见", "en": "Stories from the steppe this weekend"},
        body={
            "zh": "带孩子来总馆，听故事，画草原。名额有限，请先报名。",
            "en": "Bring your children to the main library. Places are few: please sign up.",
        },
        poster=Poster.objects.filter(title__zh=EVENTS[0][0]).first(), by="demo", made_at=now,
    )  # fmt: skip


def clear_campaigns() -> None:
    """Delete campaigns and posters."""
    for table in (Campaign, Poster):
        table.objects.all().delete()
