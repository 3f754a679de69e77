"""Configure the statistics app."""

from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class StatisticsConfig(AppConfig):
    name = "hub.outreach.statistics"
    label = "statistics"
    verbose_name = _("Statistics and goals")

    def ready(self) -> None:
        from hub.outreach.statistics.counts import borrowers

        apps.get_app_config("engagement").borrowers = borrowers
