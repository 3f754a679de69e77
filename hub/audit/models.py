"""Tables of the audit: access log, incidents, policies, backup drills, and staff's second step."""

import time
from secrets import token_hex

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_otp.models import Device, ThrottlingMixin
from django_otp.oath import TOTP

from hub.core.encrypted_fields import EncryptedText, EncryptedTextField, encrypt
from hub.core.models import SettingsRow, TextChoices
from hub.core.roles import Right
from hub.core.texts import TextsField


class Act(TextChoices):
    """Kind of view."""

    DESK = "desk", _("served at desk")
    PAGE = "page", _("patron's page")
    RECORD = "record", _("record")
    EXPORT = "export", _("export")
    ERASE = "erase", _("erasure page")
    MERGE = "merge", _("merging of records")
    LISTS = "lists", _("list of loans or fees")
    BORROWER = "borrower", _("last borrower of an item")
    LETTER = "letter", _("letter printed")
    OVERDUE = "overdue", _("report of overdue loans")
    CARD = "card", _("card printed")


class Reason(TextChoices):
    """Reason of a view: one of six to choose from, that the patron's card was read, or that they were registered."""

    CARD = "card", _("card scanned")
    HERE = "here", _("patron present without card")
    ASKED = "asked", _("patron called or wrote")
    LOANS = "loans", _("overdue, fee or lost item")
    HOLDS = "holds", _("hold to handle")
    RECORD = "record", _("record to check or complete")
    FAULT = "fault", _("fault at a kiosk, or a complaint")
    REGISTERED = "register", _("just registered by the same staff member")


ASKED = tuple(each for each in Reason if each not in (Reason.CARD, Reason.REGISTERED))
"""Reasons that staff choose from."""


class AccessLogEntry(models.Model):
    """One view of a patron. `number` has no gaps, and `hash` chains each row to the one before.

    The database rejects every change and deletion of a row; see `access_log`.
    """

    number = models.PositiveBigIntegerField(_("number"), primary_key=True)
    at = models.DateTimeField(_("at"), db_index=True)
    staff = models.CharField(_("staff"), max_length=150)
    ref = models.CharField(_("pseudonym"), max_length=64)
    act = models.CharField(pgettext_lazy("look", "page opened"), max_length=8, choices=Act.choices)
    reason = models.CharField(_("reason"), max_length=8, choices=Reason.choices)
    words = models.CharField(_("comment"), max_length=200, blank=True)
    card = models.BooleanField(_("card present"))
    hash = models.CharField(_("hash"), max_length=64)

    class Meta:
        verbose_name = _("access log entry")
        verbose_name_plural = _("access log")
        ordering = ("-number",)
        indexes = (models.Index(fields=("staff", "at")),)
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.number)


class ChainEnd(models.Model):
    """Number and hash of the newest entry; its single row is the lock of the chain."""

    number = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.number)


class Alarm(models.Model):
    """An event that an administrator must review; `count` is the number of views within the hour."""

    class Kind(TextChoices):
        MANY = "many", _("many patrons without card")
        ALL = "all", _("many patrons, cards included")
        EXPORT = "export", _("patron data exported")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    staff = models.CharField(_("staff"), max_length=150)
    at = models.DateTimeField(_("at"))
    ref = models.CharField(_("pseudonym"), max_length=64, blank=True)
    count = models.PositiveIntegerField(_("access log"), default=1)
    seen_by = models.CharField(_("seen by"), max_length=150, blank=True)
    seen_at = models.DateTimeField(_("seen"), null=True, blank=True)

    class Meta:
        verbose_name = _("alarm")
        verbose_name_plural = _("alarms")
        ordering = ("-at", "-id")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.kind} {self.staff}"


class Drill(models.Model):
    """One backup drill; `differs` lists the tables that differ after the restore (empty if all is well)."""

    at = models.DateTimeField(_("at"))
    rows = models.PositiveBigIntegerField(_("rows"))
    seconds = models.FloatField(_("seconds"))
    differs = models.JSONField(_("mismatch"), default=list)

    class Meta:
        ordering = ("-at", "-id")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.rows}"


class Incident(models.Model):
    """One incident, open until it is closed; its lines record the measures."""

    what = models.CharField(_("what happened"), max_length=1000)
    noticed_at = models.DateTimeField(_("noticed"))
    opened_at = models.DateTimeField(_("recorded at"))
    opened_by = models.CharField(_("recorded by"), max_length=150)
    affected = models.JSONField(_("affected patrons (pseudonyms)"), default=list)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        ordering = ("-noticed_at", "-id")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)


class IncidentLine(models.Model):
    """One measure; `whom` is who was notified."""

    class Kind(TextChoices):
        DONE = "done", _("done")
        TOLD = "told", pgettext_lazy("incident", "notified")
        CLOSED = "closed", pgettext_lazy("incident", "closed")

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="lines", verbose_name=_("incident"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    whom = models.CharField(_("notified"), max_length=200, blank=True)
    words = models.CharField(_("content"), max_length=1000)
    by = models.CharField(_("recorded by"), max_length=150)
    at = models.DateTimeField(_("at"))

    class Meta:
        ordering = ("at", "id")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d}"


class Policy(models.Model):
    """One version; the newest is in force. A version that was read stays unchanged: a new one follows it."""

    version = models.PositiveIntegerField(_("version"), unique=True)
    words = TextsField(_("policy text"), max_length=40_000, is_long=True)
    at = models.DateTimeField(_("effective from"))
    by = models.CharField(_("recorded by"), max_length=150)

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        ordering = ("-version",)
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.version)


class Acknowledgement(models.Model):
    """A member of staff has read a version and agrees to follow it."""

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="acknowledged", verbose_name=_("policy"))
    staff = models.CharField(_("staff"), max_length=150)
    at = models.DateTimeField(_("at"))

    class Meta:
        ordering = ("at", "id")
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("policy", "staff"), name="audit_acknowledgement_policy_staff_unique"),
        )

    def __str__(self) -> str:
        return f"{self.staff} {self.policy_id}"


class Rights(models.Model):
    """Unmanaged model that carries the permissions."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions = tuple((each.value, each.value) for each in Right)

    def __str__(self) -> str:
        return "rights"


class SecuritySettings(SettingsRow):
    """The library's security settings: one row.

    `mass` is the number of patrons that one member of staff may view within an hour without a card before it is an
    alarm. `mass_in_all` is the same including cards: more patrons than a busy desk serves.
    """

    second_step = models.BooleanField(_("second step required for staff"), default=True)
    mass = models.PositiveSmallIntegerField(_("patrons per hour without card"), default=20)
    mass_in_all = models.PositiveSmallIntegerField(_("patrons per hour, with card included"), default=60)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.mass)


class RecoveryCode(models.Model):
    """A code that replaces one from the phone once; stored as a keyed hash."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    hash = models.CharField(max_length=64)

    class Meta:
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("user", "hash"), name="audit_recoverycode_user_hash_unique"),)

    def __str__(self) -> str:
        return str(self.pk)


TOTP_KEY_BYTES = 20
TOTP_TOLERANCE = 1
"""Time steps of 30 seconds by which the phone's clock may be off, either way."""


def new_key() -> EncryptedText:
    """Return a new key, encrypted as stored in the database."""
    return encrypt(token_hex(TOTP_KEY_BYTES))


class TotpDevice(ThrottlingMixin, Device):
    """A six-digit TOTP generator with time steps of 30 seconds (RFC 6238).

    It replaces django-otp's own device, which stores the key unencrypted. `last_t` is the time step of the last
    accepted code.
    """

    key = EncryptedTextField(default=new_key)
    drift = models.SmallIntegerField(default=0)
    last_t = models.BigIntegerField(default=-1)

    class Meta:
        default_permissions = ()

    @property
    def bin_key(self) -> bytes:
        """The decrypted key."""
        return bytes.fromhex(self.key.decrypt())

    def verify_token(self, token: str) -> bool:
        """Return whether the code is valid now.

        A code is accepted once; each wrong one increases the delay before the next.
        """
        if not self.verify_is_allowed()[0]:
            return False
        totp = TOTP(self.bin_key, drift=self.drift)
        totp.time = time.time()  # real time even under the demo's clock, because the phone uses it
        if not (token.isdecimal() and totp.verify(int(token), TOTP_TOLERANCE, self.last_t + 1)):
            self.throttle_increment(commit=True)
            return False
        self.last_t, self.drift = totp.t(), totp.drift
        self.throttle_reset(commit=False)
        self.save()
        return True

    def get_throttle_factor(self) -> int:
        """Seconds of delay after the first wrong code; each further one doubles it."""
        return 1
