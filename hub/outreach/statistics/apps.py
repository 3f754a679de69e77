"""Configure the statistics app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DayConfig(AppConfig):
    name = "hub.outreach.statistics"
    label = "day"
    verbose_name = _("Figures and goals")
