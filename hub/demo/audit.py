"""Invent the demo library's audit data: a second staff account, an access log, an incident."""

from datetime import datetime, timedelta
from random import Random

from django.contrib.auth.models import User

from hub.audit import access_log, incidents, policy, role_groups
from hub.audit.models import AccessLogEntry, Act, Alarm, Incident, IncidentLine, Policy, Reason, SecuritySettings
from hub.core.roles import Role
from hub.demo.keys import LIBRARIAN
from hub.demo.sample_data import Cases

CLERK = "demo-clerk"
"""Staff account without a password, which only appears in lists."""
WITHOUT = (Reason.HERE, Reason.ASKED, Reason.LOANS, Reason.HOLDS, Reason.RECORD)


def make(cases: Cases, now: datetime) -> None:
    """Create the data once: access log entries cannot be deleted, so those of the first demo remain."""
    clerk, new = User.objects.get_or_create(username=CLERK)
    if new:
        clerk.set_unusable_password()
        role_groups.give(clerk, Role.CLERK)
    if not Policy.objects.exists():
        made = policy.publish_policy(policy.draft_policy(), LIBRARIAN, now - timedelta(days=40))
        for staff in (LIBRARIAN, CLERK):
            policy.record_reading(made, staff, now - timedelta(days=39))
    SecuritySettings.objects.update_or_create(
        pk=1, defaults={"second_step": False}, create_defaults={"mass": 10, "second_step": False}
    )
    if not AccessLogEntry.objects.exists():
        _looks([each.ref for each in cases.patrons], now)
    if not Alarm.objects.exists():
        access_log.check_limits(AccessLogEntry.objects.filter(staff=CLERK)[0])
    if not Incident.objects.exists():
        _incident(cases.patrons[0].ref, now)


def _looks(refs: list[str], now: datetime) -> None:
    """Write some weeks of access log, and one afternoon with suspiciously many entries."""
    chance = Random(20)
    moments = sorted(now - timedelta(minutes=chance.randint(200, 45 * 24 * 60)) for _each in range(60))
    for at in moments:
        reason = Reason.CARD if chance.random() < 0.7 else chance.choice(WITHOUT)
        act = Act.DESK if reason is Reason.CARD else Act.PAGE
        access_log.write(chance.choice((LIBRARIAN, CLERK)), chance.choice(refs), act, reason, now=at)
    for number in range(24):
        at = now - timedelta(minutes=150 - 2 * number)
        access_log.write(CLERK, refs[number % len(refs)], Act.PAGE, Reason.LOANS, now=at)


def _incident(ref: str, now: datetime) -> None:
    noticed = now - timedelta(days=12)
    words = "总馆打印机上遗留一张预约取书单，由读者拾到后交给服务台。"
    made = incidents.write(words, noticed, [ref], LIBRARIAN, noticed + timedelta(hours=1))
    call = "已电话说明情况并致歉。"
    incidents.add(made, IncidentLine.Kind.TOLD, call, "读者本人", LIBRARIAN, noticed + timedelta(hours=3))
    incidents.add(made, IncidentLine.Kind.CLOSED, "改为凭取件码打印。", "", LIBRARIAN, noticed + timedelta(days=2))


def clear() -> None:
    """Delete what may be deleted; the access log and the acknowledged policy remain."""
    Alarm.objects.all().delete()
    Incident.objects.all().delete()
    User.objects.filter(username=CLERK).delete()
