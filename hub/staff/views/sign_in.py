"""Show the staff sign-in page."""

from typing import Any

from django.conf import settings
from django.contrib.auth.views import LoginView

from hub.audit.models import SecuritySettings


class SignIn(LoginView):
    def get_context_data(self, **more: Any) -> dict[str, Any]:
        """Add a notice if a demo library waives the second step."""
        waived = settings.DEMO and not SecuritySettings.now().second_step
        context: dict[str, Any] = super().get_context_data(**more, waived=waived)
        return context
