"""List the jobs that outreach runs every night, in order."""

from collections.abc import Callable
from datetime import datetime

from hub.outreach.engagement.campaigns import funnel
from hub.outreach.engagement.feedback import programs
from hub.outreach.engagement.feedback.surveys import invitations, rounds
from hub.outreach.engagement.loyalty import referrals
from hub.outreach.messaging import retention
from hub.outreach.patrons import age_transition, erasure, record_updates
from hub.outreach.portal import retention as phones
from hub.outreach.portal.opac import availability_alerts, saved_searches, staff_searches
from hub.outreach.recommendations.new_titles import digest
from hub.outreach.recommendations.reading_profiles import nightly
from hub.outreach.recommendations.reminders import forecast_training, overdue_notices
from hub.outreach.statistics import nightly_counts

Job = tuple[str, Callable[[datetime], object]]

JOBS: tuple[Job, ...] = (
    ("grown up", age_transition.nightly),
    ("questionnaires", rounds.nightly),
    ("invitations", invitations.nightly),
    ("searches in vain", programs.forget_old),
    ("habits", forecast_training.nightly),
    ("reading", nightly.nightly),
    ("digest", digest.nightly),
    ("saved searches", saved_searches.nightly),
    ("searches of staff", staff_searches.nightly),
    ("titles waited for", availability_alerts.nightly),
    ("booked for tomorrow", programs.remind),
    ("campaigns", funnel.nightly),
    ("friends", referrals.tidy),
    ("lost items", overdue_notices.give_up),
    ("lost and over", overdue_notices.part),
    ("delivery", retention.tidy),
    ("old contacts", record_updates.tidy),
    ("phones", phones.tidy),
    ("erasing", erasure.go_on),
    ("figures", nightly_counts.nightly),
)
"""Name and function of the current time. Each job can be repeated after an interruption."""
