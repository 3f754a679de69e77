"""Configure the app of the loan rules' staff pages, which has no tables of its own."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RulesConfig(AppConfig):
    name = "hub.loan_rules"
    label = "rules"
    verbose_name = _("Lending rules")
