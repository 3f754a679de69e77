"""What outreach does every minute, in order: plan, send; knows nobody who runs it."""

from hub.outreach.campaigns import dispatch
from hub.outreach.delivery import delivery_worker
from hub.outreach.loyalty import referrals
from hub.outreach.nightly import Job
from hub.outreach.patron_portal import sign_in_codes
from hub.outreach.reminders import overdue_notices, reminder_sender

JOBS: tuple[Job, ...] = (
    ("reminders", reminder_sender.remind),
    ("overdue notices", overdue_notices.notices),
    ("campaigns", dispatch.due),
    ("friends", referrals.count),
    ("codes", sign_in_codes.answer),
    ("messages", delivery_worker.work),
)
"""As the nightly ones; none of them may take longer than some seconds when there is nothing to do."""
