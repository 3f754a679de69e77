"""Configure the app of the patrons' profiles, contacts and consents."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from hub.outreach.patrons.services import Outbox, Referrals, TextLimits


class PatronsConfig(AppConfig):
    name = "hub.outreach.patrons"
    label = "patrons"
    verbose_name = _("Patrons")

    outbox: Outbox
    text_limits: Callable[[], TextLimits]
    referrals: Referrals
