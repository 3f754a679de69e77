"""Configure the app of feedback, campaigns and loyalty; it provides the referrals."""

from collections.abc import Callable, Collection

from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class EngagementConfig(AppConfig):
    name = "hub.outreach.engagement"
    label = "engagement"
    verbose_name = _("Feedback and campaigns")
    borrowers: Callable[[Collection[str], Collection[str]], set[int]]
    """Return the keys of the people of these groups and branches; all groups or branches if there are none.

    Provided by statistics, which keeps each patron's last branch and group.
    """

    def ready(self) -> None:
        from hub.outreach.engagement.feedback.kiosk_asks import limited_asks
        from hub.outreach.engagement.loyalty import referrals

        apps.get_app_config("patrons").referrals = referrals
        apps.get_app_config("messaging").kiosk_asks = limited_asks
