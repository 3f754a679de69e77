"""The habits' tables: what is out, how long things were out, what was learnt of it, and how well that came true."""

from kiosk.hub.outreach.habit.models.learnt import Fit, Length, Outcome, Rhythm, TypeHabit
from kiosk.hub.outreach.habit.models.out import Lost, OpenLoan
from kiosk.hub.outreach.habit.models.plan import Plan, Step

__all__ = ["Fit", "Length", "Lost", "OpenLoan", "Outcome", "Plan", "Rhythm", "Step", "TypeHabit"]
