"""Tells Django of the pages of lending rules, which have no tables of their own."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RulesConfig(AppConfig):
    name = "hub.loan_rules"
    label = "rules"
    verbose_name = _("Lending rules")
