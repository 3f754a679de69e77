"""A person by the pseudonym that the feed uses, what she told of herself, and that something of it was changed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from hub.core.encrypted_fields import EncryptedTextField
from hub.outreach.typed_choices import TextChoices


class Source(TextChoices):
    """Where something that the library knows of a person came from."""

    REGISTRATION = "registration", _("registration")
    IMPORT = "import", _("import")
    STAFF = "staff", _("staff")
    KIOSK = "kiosk", _("kiosk")
    PHONE = "phone", _("her phone")


class Person(models.Model):
    """A patron as outreach knows her: nothing but the pseudonym until she tells more.

    `child` sends everything to the guardian; a child without one is reached in the library only. Nobody is written to
    between `quiet_from` and `quiet_to`, in the library's time. Where loans or fees are open when she asks to be erased,
    `erase_asked_at` is set and the night does it when they are settled. Who asked at a kiosk is
    erased in the night after `erase_due_at`, unless the patron calls it off. `form` is the registration's own: one that
    is sent twice makes one person.
    """

    ref = models.CharField(_("reference"), max_length=64, unique=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    since = models.DateTimeField(_("known since"))
    child = models.BooleanField(_("child"), default=False)
    guardian = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="wards", verbose_name=_("guardian")
    )
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_to = models.TimeField(_("quiet until"), null=True, blank=True)
    key = models.BooleanField(_("key patron by staff's word"), default=False)
    provisional = models.BooleanField(_("not seen by staff yet"), default=False)
    form = models.UUIDField(_("form of registration"), null=True, blank=True, unique=True, editable=False)
    erase_asked_at = models.DateTimeField(_("asked to be erased"), null=True, blank=True)
    erase_due_at = models.DateTimeField(_("to be erased on"), null=True, blank=True)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ("id",)

    def __str__(self) -> str:
        return str(self.ref)


class ProfileField(models.Model):
    """One thing that a person told of herself, where it came from and when it was last right.

    It serves what a loan needs and nothing else: where she would not have that, she takes it away.
    """

    class Name(TextChoices):
        BIRTH_YEAR = "birth_year", _("year of birth")
        OCCUPATION = "occupation", _("occupation")
        INSTITUTION = "institution", _("school or place of work")
        ADDRESS = "address", _("postal address")
        GUARDIAN = "guardian", _("guardian, as told at the kiosk")

    person = models.ForeignKey(Person, models.CASCADE, related_name="facts", verbose_name=_("person"))
    name = models.CharField(_("what"), max_length=20, choices=Name.choices)
    value = EncryptedTextField(_("value"))
    source = models.CharField(_("source"), max_length=12, choices=Source.choices)
    told_at = models.DateTimeField(_("told"))
    verified_at = models.DateTimeField(_("last known right"), null=True, blank=True)

    class Meta:
        verbose_name = _("fact")
        verbose_name_plural = _("facts")
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("person", "name"), name="fact_once"),)

    def __str__(self) -> str:
        return str(self.get_name_display())


class Note(models.Model):
    """What staff wrote down to serve her better; she may read it, for it is in her export."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="notes", verbose_name=_("person"))
    words = EncryptedTextField(_("words"))
    by = models.CharField(_("by"), max_length=150)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return f"{self.by} {self.at:%Y-%m-%d}"


class Change(models.Model):
    """That something of a person's record was changed, by whom and when; never the value before or after."""

    class Act(TextChoices):
        ADDED = "added", _("added")
        CHANGED = "changed", _("changed")
        CONFIRMED = "confirmed", _("confirmed")
        BOUND = "bound", _("bound by code")
        BOUNCED = "bounced", _("came back")
        REMOVED = "removed", _("removed")

    person = models.ForeignKey(Person, models.CASCADE, related_name="changes", verbose_name=_("person"))
    what = models.CharField(_("what"), max_length=32)
    act = models.CharField(_("act"), max_length=10, choices=Act.choices)
    source = models.CharField(_("source"), max_length=12, choices=Source.choices)
    by = models.CharField(_("by"), max_length=150, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return f"{self.what} {self.act}"
