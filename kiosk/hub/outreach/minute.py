"""What outreach does every minute, in order: plan, send; knows nobody who runs it."""

from kiosk.hub.outreach.campaigns import going
from kiosk.hub.outreach.delivery import sending
from kiosk.hub.outreach.habit import ladder, planner
from kiosk.hub.outreach.loyalty import friends
from kiosk.hub.outreach.nightly import Job
from kiosk.hub.outreach.phone import asked

JOBS: tuple[Job, ...] = (
    ("reminders", planner.remind),
    ("overdue notices", ladder.notices),
    ("campaigns", going.due),
    ("friends", friends.count),
    ("codes", asked.answer),
    ("messages", sending.work),
)
"""As the nightly ones; none of them may take longer than some seconds when there is nothing to do."""
