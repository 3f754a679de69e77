"""Invent messages of the demo library with their delivery results; none was really sent."""

from datetime import datetime, timedelta

from hub.demo.sample_data import Cases
from hub.outreach.messaging.message_templates import samples
from hub.outreach.messaging.models import Delivery, Message, Pause, Unsubscription, Wording
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


def make(cases: Cases, now: datetime) -> None:
    """Create the messages if they are missing, spread over the patrons."""
    people = list(Person.objects.filter(ref__in=[each.ref for each in cases.patrons]).order_by("pk"))
    if not people or Message.objects.filter(key__startswith=KEY).exists():
        return
    for number, (kind, state, why, attempts, hours) in enumerate(TOLD):
        at, person = now - timedelta(hours=hours), people[number % len(people)]
        closed = state not in ("waiting", "underway")
        message = Message.objects.create(
            person=person, kind=kind, key=f"{KEY}-{number}", made_at=at, next_at=at,
            facts="" if closed else Message.encode_facts(samples(kind)),
            state=Message.State(state), why=why, done_at=at if closed else None,
        )  # fmt: skip
        for attempt, (channel, outcome, code) in enumerate(attempts, 1):
            Delivery.objects.create(
                message=message, number=attempt, person=person, channel=channel, key=f"{KEY}-{number}-{attempt}",
                state=Delivery.State(outcome), made_at=at, done_at=None if outcome == "pending" else at, code=code,
            )  # fmt: skip


def clear() -> None:
    """Delete messages and their settings."""
    for table in (Message, Unsubscription, Wording, Pause):
        table.objects.all().delete()
