"""List the jobs that outreach runs every minute and every night, in order."""

from collections.abc import Callable
from datetime import datetime

from hub.outreach.engagement.campaigns import dispatch
from hub.outreach.engagement.feedback import programs
from hub.outreach.engagement.feedback.surveys import rounds
from hub.outreach.engagement.journeys import running
from hub.outreach.engagement.loyalty import referrals
from hub.outreach.engagement.segments import services
from hub.outreach.messaging import delivery_worker, retention
from hub.outreach.patrons import erasure, family_cards, records
from hub.outreach.portal import portal_session
from hub.outreach.portal.opac import availability_alerts, saved_searches, staff_searches
from hub.outreach.portal.pages import sign_in
from hub.outreach.recommendations.new_titles import digest
from hub.outreach.recommendations.reading_profiles import nightly
from hub.outreach.recommendations.reminders import forecasts, notices
from hub.outreach.statistics import counts

Job = tuple[str, Callable[[datetime], object]]
"""Name, and function of the current time."""

EVERY_MINUTE: tuple[Job, ...] = (
    ("reminders", notices.remind),
    ("overdue notices", notices.notices),
    ("campaigns", dispatch.due),
    ("journeys", running.advance),
    ("friends", referrals.count),
    ("codes", sign_in.send_codes),
    ("messages", delivery_worker.work),
)
"""Run every minute: messages are planned first, then sent. With nothing to do a job must end within a few seconds."""
NIGHTLY: tuple[Job, ...] = (
    ("grown up", family_cards.nightly),
    ("questionnaires", rounds.nightly),
    ("invitations", rounds.invite_all),
    ("searches in vain", programs.forget_old),
    ("habits", forecasts.nightly),
    ("reading", nightly.nightly),
    ("services for segments", services.nightly),
    ("digest", digest.nightly),
    ("saved searches", saved_searches.nightly),
    ("searches of staff", staff_searches.nightly),
    ("titles waited for", availability_alerts.nightly),
    ("booked for tomorrow", programs.remind),
    ("campaigns", dispatch.close_finished),
    ("journeys", running.fold_finished),
    ("beginnings of journeys", running.enrol_all),
    ("friends", referrals.tidy),
    ("lost items", notices.give_up),
    ("lost and over", notices.part),
    ("delivery", retention.tidy),
    ("old contacts", records.tidy),
    ("phones", portal_session.delete_expired),
    ("erasing", erasure.go_on),
    ("figures", counts.nightly),
)
"""Run every night. Each job can be repeated after an interruption."""
