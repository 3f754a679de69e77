"""Tells Django of the staff pages; knows no page."""

from django.apps import AppConfig
from django.contrib import admin
from django.contrib.auth.signals import user_logged_in
from django.utils.translation import gettext_lazy as _


class StaffConfig(AppConfig):
    name = "kiosk.hub.staff"
    label = "staff"
    verbose_name = _("Staff pages")

    def ready(self) -> None:
        from kiosk.hub.staff.sign_in import SlowAdminForm, note_the_time

        admin.site.login_form = SlowAdminForm
        user_logged_in.connect(note_the_time)
