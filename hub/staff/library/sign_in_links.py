"""Create links by which a member of staff chooses a password once, and serve the page behind them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpRequest
from django.urls import reverse, reverse_lazy
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode


def sign_in_link(request: HttpRequest, user: User) -> str:
    """Return a link that is valid for three days, until the user has chosen a password or has signed in.

    Its token is derived from the password hash and the last sign-in: nothing is stored.
    """
    number = urlsafe_base64_encode(force_bytes(user.pk))
    token = default_token_generator.make_token(user)
    return request.build_absolute_uri(reverse("library:choose_password", args=(number, token)))


class ChoosePassword(PasswordResetConfirmView):
    """Let the holder of a link choose a password, once; then the sign-in page asks for it."""

    template_name = "library/choose_password.html"
    success_url = reverse_lazy("staff:sign_in")

    def get_user(self, uidb64: str) -> Any:
        """Return the member of staff, or None if the account was deactivated."""
        user = super().get_user(uidb64)
        return user if user is not None and user.is_staff and user.is_active else None
