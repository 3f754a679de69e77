"""Define the tables of reading profiles, and of loan counts without patrons."""

from hub.outreach.reading_profiles.models.counts import CoLoanCount, TitleLoanCount, WeeklyLoans
from hub.outreach.reading_profiles.models.overviews import Overview
from hub.outreach.reading_profiles.models.reading_profile import (
    HistoryTitle,
    Interest,
    Opinion,
    ReadingPreferences,
    Recommendation,
)
from hub.outreach.reading_profiles.models.segments import Rule, SegmentGreeting, SegmentMembership

__all__ = [
    "CoLoanCount",
    "HistoryTitle",
    "Interest",
    "Opinion",
    "Overview",
    "ReadingPreferences",
    "Recommendation",
    "Rule",
    "SegmentGreeting",
    "SegmentMembership",
    "TitleLoanCount",
    "WeeklyLoans",
]
