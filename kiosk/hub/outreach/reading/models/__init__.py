"""The tables of reading: what she lets be known, what follows from it for her, and counts that name nobody."""

from kiosk.hub.outreach.reading.models.counts import Lent, Together, Week
from kiosk.hub.outreach.reading.models.hers import Had, Interest, Opinion, Pick, Taste
from kiosk.hub.outreach.reading.models.overviews import Overview
from kiosk.hub.outreach.reading.models.segments import Rule, Standing, Welcome

__all__ = [
    "Had",
    "Interest",
    "Lent",
    "Opinion",
    "Overview",
    "Pick",
    "Rule",
    "Standing",
    "Taste",
    "Together",
    "Week",
    "Welcome",
]
