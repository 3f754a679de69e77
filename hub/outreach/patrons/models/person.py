"""Store a person by the feed's pseudonym, the facts they stated, notes of staff and a change log."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from hub.core.encrypted_fields import EncryptedTextField
from hub.core.typed_choices import TextChoices


class Source(TextChoices):
    """Origin of a fact about a person."""

    REGISTRATION = "registration", _("registration")
    IMPORT = "import", _("import")
    STAFF = "staff", _("staff")
    KIOSK = "kiosk", _("kiosk")
    PHONE = "phone", _("patron portal")


class Person(models.Model):
    """Patron in outreach: only a pseudonym until the patron states more.

    `child`: messages go to the guardian. Without one the child is reached inside the library only.

    `quiet_from`, `quiet_to`: no messages between these times, in the library's time zone.

    `erase_asked_at`: erasure requested while loans or fees are open. The nightly job completes it once they are
    settled.

    `erase_due_at`: erasure requested at a kiosk. It is carried out in the night after this time unless the patron
    cancels.

    `form`: id of the registration form, so that a form submitted twice creates one person.
    """

    ref = models.CharField(_("reference"), max_length=64, unique=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    since = models.DateTimeField(_("created"))
    child = models.BooleanField(_("child"), default=False)
    guardian = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="wards", verbose_name=_("guardian")
    )
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_to = models.TimeField(_("quiet until"), null=True, blank=True)
    key = models.BooleanField(_("key patron set by staff"), default=False)
    provisional = models.BooleanField(_("ID not checked yet"), default=False)
    form = models.UUIDField(_("registration form"), null=True, blank=True, unique=True, editable=False)
    erase_asked_at = models.DateTimeField(_("erasure requested"), null=True, blank=True)
    erase_due_at = models.DateTimeField(_("erasure due"), null=True, blank=True)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ("id",)

    def __str__(self) -> str:
        return str(self.ref)


class ProfileField(models.Model):
    """Fact that a person stated, with its source and when it was last verified.

    It serves loans only; a patron who objects to that removes it.
    """

    class Name(TextChoices):
        """Kind of fact."""

        BIRTH_YEAR = "birth_year", _("year of birth")
        OCCUPATION = "occupation", _("occupation")
        INSTITUTION = "institution", _("school or workplace")
        ADDRESS = "address", _("postal address")
        GUARDIAN = "guardian", _("guardian, entered at the kiosk")

    person = models.ForeignKey(Person, models.CASCADE, related_name="facts", verbose_name=_("person"))
    name = models.CharField(_("what"), max_length=20, choices=Name.choices)
    value = EncryptedTextField(_("value"))
    source = models.CharField(_("source"), max_length=12, choices=Source.choices)
    told_at = models.DateTimeField(_("notified at"))
    verified_at = models.DateTimeField(_("last confirmed"), null=True, blank=True)

    class Meta:
        verbose_name = _("personal detail")
        verbose_name_plural = _("personal details")
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("person", "name"), name="fact_once"),)

    def __str__(self) -> str:
        return str(self.get_name_display())


class Note(models.Model):
    """Note of staff about serving the patron. It is part of the patron's data export."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="notes", verbose_name=_("person"))
    words = EncryptedTextField(_("content"))
    by = models.CharField(_("recorded by"), max_length=150)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return f"{self.by} {self.at:%Y-%m-%d}"


class Change(models.Model):
    """Change log entry: what was changed, by whom and when, without the values."""

    class Act(TextChoices):
        """Kind of change."""

        ADDED = "added", _("added")
        CHANGED = "changed", _("changed")
        CONFIRMED = "confirmed", _("confirmed")
        BOUND = "bound", _("linked by code")
        BOUNCED = "bounced", _("sent back")
        REMOVED = "removed", _("removed")

    person = models.ForeignKey(Person, models.CASCADE, related_name="changes", verbose_name=_("person"))
    what = models.CharField(_("what"), max_length=32)
    act = models.CharField(_("action"), max_length=10, choices=Act.choices)
    source = models.CharField(_("source"), max_length=12, choices=Source.choices)
    by = models.CharField(_("recorded by"), max_length=150, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return f"{self.what} {self.act}"
