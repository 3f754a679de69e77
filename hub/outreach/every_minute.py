"""List the jobs that outreach runs every minute, in order: plan messages first, then send them."""

from hub.outreach.engagement.campaigns import dispatch
from hub.outreach.engagement.loyalty import referrals
from hub.outreach.messaging import delivery_worker
from hub.outreach.nightly import Job
from hub.outreach.portal import sign_in_codes
from hub.outreach.recommendations.reminders import overdue_notices, reminder_sender

JOBS: tuple[Job, ...] = (
    ("reminders", reminder_sender.remind),
    ("overdue notices", overdue_notices.notices),
    ("campaigns", dispatch.due),
    ("friends", referrals.count),
    ("codes", sign_in_codes.send_codes),
    ("messages", delivery_worker.work),
)
"""Names and functions, as in hub.outreach.nightly.

With nothing to do a job must end within a few seconds.
"""
