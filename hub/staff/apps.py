"""Configure the staff app: the sign-in hooks and the library of the current request."""

from contextvars import ContextVar
from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.contrib import admin
from django.contrib.auth.signals import user_logged_in
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from hub.circulation.models import Library


class StaffConfig(AppConfig):
    name = "hub.staff"
    label = "staff"
    verbose_name = _("Staff pages")

    library: "ContextVar[Library]"
    """Library for whose staff the current page is rendered; set for the duration of a request."""

    def ready(self) -> None:
        from hub.staff.sign_in import SlowAdminForm, signed_in

        self.library = ContextVar("library")
        admin.site.login_form = SlowAdminForm
        user_logged_in.connect(signed_in)
