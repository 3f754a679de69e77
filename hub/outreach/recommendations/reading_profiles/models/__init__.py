"""Define the tables of reading profiles, and of loan counts without patrons."""

from hub.outreach.recommendations.reading_profiles.models.counts import CoLoanCount, TitleLoanCount, WeeklyLoans
from hub.outreach.recommendations.reading_profiles.models.overviews import Overview
from hub.outreach.recommendations.reading_profiles.models.reading_profile import (
    HistoryTitle,
    Interest,
    Opinion,
    ReadingPreferences,
    Recommendation,
)
from hub.outreach.recommendations.reading_profiles.models.segments import (
    SegmentGreeting,
    SegmentMembership,
    SegmentRule,
)

__all__ = [
    "CoLoanCount",
    "HistoryTitle",
    "Interest",
    "Opinion",
    "Overview",
    "ReadingPreferences",
    "Recommendation",
    "SegmentGreeting",
    "SegmentMembership",
    "SegmentRule",
    "TitleLoanCount",
    "WeeklyLoans",
]
