"""What outreach does every minute, in order: plan, send; knows nobody who runs it."""

from kiosk.hub.outreach.nightly import Job

JOBS: tuple[Job, ...] = ()
"""As the nightly ones; none of them may take longer than some seconds when there is nothing to do."""
