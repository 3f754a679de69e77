"""What outreach does every night, in order; knows nobody who runs it."""

from collections.abc import Callable
from datetime import datetime

from kiosk.hub.outreach.campaigns import funnel
from kiosk.hub.outreach.day import rolling
from kiosk.hub.outreach.delivery import tidying
from kiosk.hub.outreach.finding import awaited, saved, watching
from kiosk.hub.outreach.habit import ladder, learning
from kiosk.hub.outreach.loyalty import friends
from kiosk.hub.outreach.news import digest
from kiosk.hub.outreach.people import erase, growing, telling
from kiosk.hub.outreach.phone import tidying as phones
from kiosk.hub.outreach.reading import night
from kiosk.hub.outreach.voice import training
from kiosk.hub.outreach.voice.surveys import inviting, rounds

Job = tuple[str, Callable[[datetime], object]]

JOBS: tuple[Job, ...] = (
    ("grown up", growing.nightly),
    ("questionnaires", rounds.nightly),
    ("invitations", inviting.nightly),
    ("searches in vain", training.forget_old),
    ("habits", learning.nightly),
    ("reading", night.nightly),
    ("digest", digest.nightly),
    ("saved searches", saved.nightly),
    ("searches of staff", watching.nightly),
    ("titles waited for", awaited.nightly),
    ("booked for tomorrow", training.remind),
    ("campaigns", funnel.nightly),
    ("friends", friends.tidy),
    ("lost items", ladder.give_up),
    ("lost and over", ladder.part),
    ("delivery", tidying.tidy),
    ("old contacts", telling.tidy),
    ("phones", phones.tidy),
    ("erasing", erase.go_on),
    ("figures", rolling.nightly),
)
"""Each part's own: its name, and a function of the moment. Each can be run again after it was cut short."""
