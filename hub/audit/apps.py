"""Configure the audit app: access log triggers, field history and the permissions of the roles."""

from django.apps import AppConfig
from django.contrib import admin
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "hub.audit"
    label = "audit"
    verbose_name = _("Security")

    def ready(self) -> None:
        from django_otp.plugins.otp_totp.models import TOTPDevice

        from hub.audit import access_log, field_history, role_groups
        from hub.outreach.patrons.pages.register import registered_at_desk

        # django-otp's own device stores its key unencrypted; audit.TotpDevice replaces it
        admin.site.unregister(TOTPDevice)
        field_history.keep()
        pre_migrate.connect(access_log.TRIGGERS.before_migrating, sender=self)
        post_migrate.connect(access_log.TRIGGERS.after_migrating, sender=self)
        post_migrate.connect(role_groups.after_migrating, sender=self)
        registered_at_desk.connect(access_log.record_registration, dispatch_uid="audit registration")
        admin.site.has_permission = role_groups.may_use_admin
