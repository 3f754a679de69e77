"""Tells Django of the habits' tables."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HabitConfig(AppConfig):
    name = "kiosk.hub.outreach.habit"
    label = "habit"
    verbose_name = _("Habits")
