"""The habits' tables: what is out, how long things were out, what was learnt of it, and how well that came true."""

from hub.outreach.reminders.models.learnt import Fit, LoanLength, Outcome, TypeHabit, VisitPattern
from hub.outreach.reminders.models.out import Lost, OpenLoan
from hub.outreach.reminders.models.plan import OverdueNoticeStep, ReminderSettings

__all__ = [
    "Fit",
    "LoanLength",
    "Lost",
    "OpenLoan",
    "Outcome",
    "OverdueNoticeStep",
    "ReminderSettings",
    "TypeHabit",
    "VisitPattern",
]
