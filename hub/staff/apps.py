"""Configure the staff app: the sign-in hooks, and the lock of the printed font."""

from threading import Lock

from django.apps import AppConfig
from django.contrib import admin
from django.contrib.auth.signals import user_logged_in
from django.utils.translation import gettext_lazy as _


class StaffConfig(AppConfig):
    name = "hub.staff"
    label = "staff"
    verbose_name = _("Staff pages")

    font_turn: Lock
    """Held by the thread that loads the printed font or reads its glyphs, which moves a position in the file."""

    def ready(self) -> None:
        from hub.circulation.operations.accounts import patron_erased
        from hub.staff.models import erase_answers
        from hub.staff.sign_in import SlowAdminForm, remember_sign_in

        self.font_turn = Lock()
        admin.site.login_form = SlowAdminForm
        user_logged_in.connect(remember_sign_in)
        patron_erased.connect(erase_answers)
