"""Configure the app of scheduled imports."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FollowingConfig(AppConfig):
    name = "hub.ils_import"
    label = "following"
    verbose_name = _("Imports")
