"""Store kiosks' devices (public keys), enrolment codes (hashes), health, help calls, settings and updates."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from hub.catalogue.models import Branch
from hub.circulation.models import Kiosk
from hub.core.texts import TextsField


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
    until = models.DateTimeField(_("expires"))
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
    closing = TextsField(_("message to patrons"), max_length=80, blank=True)
    identify_until = models.DateTimeField(_("asked to show itself until"), null=True, blank=True)
    settings = models.JSONField(_("report of the settings"), null=True, blank=True)

    class Meta:
        verbose_name = _("standing")
        verbose_name_plural = _("standings")

    def __str__(self) -> str:
        return str(self.kiosk)


class Channel(models.TextChoices):
    """Which kiosks get a version first."""

    STABLE = "stable", _("Stable")
    EARLY = "early", _("Early")


class KioskImage(models.Model):
    """What a kiosk that is updated by images last reported of them, and its channel."""

    kiosk = models.OneToOneField(Kiosk, models.CASCADE, primary_key=True, related_name="image")
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices, default=Channel.STABLE)
    slot = models.CharField(_("slot"), max_length=1, blank=True)
    running = models.CharField(_("running version"), max_length=40, blank=True)
    confirmed = models.BooleanField(_("confirmed"), default=True)
    target = models.CharField(_("asked to run"), max_length=40, blank=True)
    state = models.CharField(_("state"), max_length=16, blank=True)
    progress = models.PositiveSmallIntegerField(_("downloaded, per cent"), default=0)
    why = models.CharField(_("refused for"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("kiosk's image")
        verbose_name_plural = _("kiosks' images")

    def __str__(self) -> str:
        return f"{self.kiosk} {self.running}"


class Release(models.Model):
    """A signed bundle that this hub keeps for its kiosks; the file is named by the version."""

    version = models.CharField(_("version"), max_length=40, unique=True)
    compatible = models.CharField(_("boards"), max_length=64)
    journal_format = models.PositiveSmallIntegerField(_("format of the journal"))
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField(_("bytes"))
    added_at = models.DateTimeField(_("added"))

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        ordering = ("-added_at",)

    def __str__(self) -> str:
        return self.version


class Rollout(models.Model):
    """The order to bring kiosks to a release; the newest one applies."""

    release = models.ForeignKey(Release, models.PROTECT, related_name="rollouts", verbose_name=_("release"))
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices, default=Channel.STABLE)
    branches = models.ManyToManyField(Branch, blank=True, verbose_name=_("branches"))
    share = models.PositiveSmallIntegerField(_("share of the kiosks, per cent"), default=100)
    hours = models.CharField(_("hours"), max_length=11, blank=True)
    at_once = models.PositiveSmallIntegerField(_("kiosks at a time"), default=1)
    started_at = models.DateTimeField(_("started"))
    started_by = models.CharField(_("started by"), max_length=150)
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True)
    paused_by = models.CharField(_("paused by"), max_length=150, blank=True)
    going_back_at = models.DateTimeField(_("rolled back"), null=True, blank=True)
    going_back_by = models.CharField(_("rolled back by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("rollout")
        verbose_name_plural = _("rollouts")
        ordering = ("-started_at",)

    def __str__(self) -> str:
        return f"{self.release} {self.channel}"


class RolloutStep(models.Model):
    """How far one kiosk is in a rollout."""

    class State(models.TextChoices):
        UPDATING = "updating", _("Updating")
        DONE = "done", _("Updated")
        FALLEN_BACK = "fallen_back", _("Rolled back")
        REFUSED = "refused", _("Refused")
        GONE_BACK = "gone_back", _("Back on the old version")

    rollout = models.ForeignKey(Rollout, models.CASCADE, related_name="steps")
    kiosk = models.ForeignKey(Kiosk, models.CASCADE, related_name="steps")
    before = models.CharField(_("version before"), max_length=40, blank=True)
    """Empty if the kiosk ran the release already and no earlier version is known."""
    state = models.CharField(_("state"), max_length=12, choices=State.choices)
    why = models.CharField(_("refused for"), max_length=40, blank=True)
    changed_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("step of a rollout")
        verbose_name_plural = _("steps of rollouts")
        constraints = (models.UniqueConstraint(fields=("rollout", "kiosk"), name="one_step_per_kiosk"),)

    def __str__(self) -> str:
        return f"{self.rollout} {self.kiosk}"


class RolloutEvent(models.Model):
    """A line of a rollout's log. `by` is empty for what a kiosk or the hub did."""

    rollout = models.ForeignKey(Rollout, models.CASCADE, related_name="events")
    at = models.DateTimeField(_("time"))
    kiosk = models.ForeignKey(Kiosk, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("kiosk"))
    what = models.CharField(_("event"), max_length=16)
    detail = models.CharField(_("detail"), max_length=80, blank=True)
    by = models.CharField(_("by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("event of a rollout")
        verbose_name_plural = _("events of rollouts")
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.rollout} {self.what}"


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


class RemoteTask(models.Model):
    """A remote task that a member of staff gave a kiosk, and its result."""

    class Kind(models.TextChoices):
        LOG = "log", _("log of the last hour")
        SCREENSHOT = "screenshot", _("screenshot")
        RESTART = "restart", _("restart")

    class Outcome(models.TextChoices):
        DONE = "done", _("done")
        VISIT = "visit", _("a patron was at the kiosk")
        FAILED = "failed", _("failed")
        UNKNOWN = "unknown", _("not known to this version of the kiosk")

    id = models.UUIDField(_("number"), primary_key=True)
    kiosk = models.ForeignKey(Kiosk, models.CASCADE, related_name="tasks", verbose_name=_("kiosk"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    asked_by = models.CharField(_("asked by"), max_length=150)
    asked_at = models.DateTimeField(_("asked"))
    until = models.DateTimeField(_("expires"))
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, blank=True)
    log = models.TextField(_("log"), blank=True)
    screenshot = models.BinaryField(_("screenshot"), default=bytes)

    class Meta:
        verbose_name = _("remote task")
        verbose_name_plural = _("remote tasks")
        ordering = ("-asked_at",)
        indexes = (models.Index(fields=("kiosk", "answered_at")),)

    def __str__(self) -> str:
        return f"{self.kiosk} {self.kind} {self.asked_at:%H:%M}"


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
