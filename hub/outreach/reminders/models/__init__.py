"""Tables of the reminders: open loans, loan lengths, the trained model and its accuracy."""

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
