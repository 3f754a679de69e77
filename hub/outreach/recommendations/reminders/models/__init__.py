"""Tables of the reminders: open loans, loan lengths, the trained model and its accuracy."""

from hub.outreach.recommendations.reminders.models.learnt import Fit, LoanLength, Outcome, TypeHabit, VisitPattern
from hub.outreach.recommendations.reminders.models.out import Lost, OpenLoan
from hub.outreach.recommendations.reminders.models.plan import OverdueNoticeStep, ReminderSettings, reminder_settings

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
    "reminder_settings",
]
