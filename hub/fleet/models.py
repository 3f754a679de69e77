"""Store the kiosks' devices (public keys), enrolment codes (hashes), health, calls for help and settings."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from hub.catalogue.models import Branch
from hub.circulation.models import Kiosk


class Device(models.Model):
    """A key that was generated on a device and enrolled as a kiosk.

    It is confirmed by its first signed request, which revokes the kiosk's previous device. `counter` only increases:
    after a restart the hub accepts no number up to it.
    """

    id = models.CharField(_("device"), max_length=32, primary_key=True)
    kiosk = models.ForeignKey(Kiosk, models.CASCADE, related_name="devices", verbose_name=_("kiosk"))
    public_key = models.CharField(_("public key"), max_length=64)
    counter = models.BigIntegerField(_("counter"), default=0)
    enrolled_at = models.DateTimeField(_("enrolled"))
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        ordering = ("-enrolled_at",)

    def __str__(self) -> str:
        return f"{self.kiosk}: {self.pk}"


class EnrolmentCode(models.Model):
    """A one-time code for one kiosk, found by its first letters and otherwise stored as a hash."""

    kiosk = models.ForeignKey(Kiosk, models.CASCADE, related_name="codes", verbose_name=_("kiosk"))
    look_up = models.CharField(_("first letters"), max_length=4, unique=True)
    code_hash = models.CharField(max_length=64)
    made_at = models.DateTimeField(_("made"))
    used_at = models.DateTimeField(_("used"), null=True, blank=True)
    device = models.OneToOneField(Device, models.SET_NULL, null=True, blank=True, verbose_name=_("device"))

    class Meta:
        verbose_name = _("enrolment code")
        verbose_name_plural = _("enrolment codes")
        ordering = ("-made_at",)

    def __str__(self) -> str:
        return f"{self.kiosk}: {self.look_up}"


class KioskStatus(models.Model):
    """A kiosk's last health report, and the instructions of staff to it."""

    kiosk = models.OneToOneField(Kiosk, models.CASCADE, primary_key=True, related_name="standing")
    told_at = models.DateTimeField(_("told"), null=True, blank=True)
    version = models.CharField(_("version"), max_length=40, blank=True)
    uptime = models.BigIntegerField(_("running, seconds"), default=0)
    clock_off = models.FloatField(_("clock ahead, seconds"), default=0)
    trust = models.CharField(_("trust in the kiosk's time"), max_length=10, blank=True)
    parts = models.JSONField(_("parts"), default=dict)
    queued = models.BigIntegerField(_("queued"), default=0)
    set_aside = models.BigIntegerField(_("set aside"), default=0)
    oldest = models.BigIntegerField(_("the oldest waits, seconds"), null=True, blank=True)
    in_service = models.BooleanField(_("in service"), default=True)
    seal = models.CharField(_("seals to the key"), max_length=16, blank=True)
    sealed = models.JSONField(_("sealed rows by key"), null=True, blank=True)
    closed_at = models.DateTimeField(_("taken out of service"), null=True, blank=True)
    closed_by = models.CharField(_("taken out of service by"), max_length=150, blank=True)
    zh = models.CharField(_("message in Chinese"), max_length=200, blank=True)
    en = models.CharField(_("message in English"), max_length=200, blank=True)
    identify_until = models.DateTimeField(_("asked to show itself until"), null=True, blank=True)
    settings = models.JSONField(_("report of the settings"), null=True, blank=True)

    class Meta:
        verbose_name = _("standing")
        verbose_name_plural = _("standings")

    def __str__(self) -> str:
        return str(self.kiosk)


class HelpCall(models.Model):
    """A patron's call for staff at a kiosk.

    The kiosk assigns the id, so that a repeated report is recognised.
    """

    id = models.UUIDField(_("number"), primary_key=True)
    kiosk = models.ForeignKey(Kiosk, models.CASCADE, related_name="help_calls", verbose_name=_("kiosk"))
    called_at = models.DateTimeField(_("called"))
    why = models.CharField(_("refused for"), max_length=40, blank=True)
    unasked = models.BooleanField(_("unasked"), default=False)
    seen_at = models.DateTimeField(_("seen"), null=True, blank=True)
    seen_by = models.CharField(_("seen by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("help call")
        verbose_name_plural = _("help calls")
        ordering = ("called_at",)
        indexes = (models.Index(fields=("kiosk", "seen_at")),)

    def __str__(self) -> str:
        return f"{self.kiosk} {self.called_at:%H:%M}"


class SettingsVersion(models.Model):
    """Settings for one kiosk, for the kiosks of a branch, or for all. It is a draft until it is published.

    The newest published version of each of the three applies; a kiosk's own win over those of its branch, and these
    over those for all. To go back, an earlier version is published again.
    """

    branch = models.ForeignKey(
        Branch, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("branch")
    )
    kiosk = models.ForeignKey(Kiosk, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("kiosk"))
    number = models.PositiveIntegerField(_("version"), null=True, blank=True, unique=True)
    """Rises with each publication, whatever it is for; null: a draft."""
    values = models.JSONField(_("settings"), default=dict)
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=150)

    class Meta:
        verbose_name = _("kiosk settings")
        verbose_name_plural = _("kiosk settings")
        ordering = ("-number",)

    @property
    def revision(self) -> str:
        """Text that changes whenever a draft is saved again."""
        return f"{self.pk}.{self.at.timestamp()}"

    def __str__(self) -> str:
        return f"{self.kiosk or self.branch or '*'} {self.number or '–'}"
