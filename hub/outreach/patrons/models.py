"""Tables of profiles: a person by pseudonym, and the rows that are deleted with the person."""

from hashlib import sha256

from django.db import models
from django.utils.translation import gettext_lazy as _

from hub.core.encrypted_fields import EncryptedTextField
from hub.core.language import text_language
from hub.core.models import SettingsRow, TextChoices
from hub.core.texts import Texts
from hub.outreach.patrons.channels import Channel, mask_address
from hub.outreach.patrons.look import ACCENT, INK, Tone, tone
from hub.outreach.patrons.purposes import Purpose


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

    `erase_due_at`: erasure requested by the patron. It is carried out in the night after this time unless the patron
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

    @property
    def recipient(self) -> "Person":
        """Recipient of the person's messages: a child's guardian, else the person."""
        guardian: Person | None = self.guardian if self.child else None
        return guardian or self

    @property
    def quiet_hours(self) -> str:
        """The person's own quiet hours, such as `21:00-08:00`; empty if the library's apply."""
        if self.quiet_from is None or self.quiet_to is None:
            return ""
        return f"{self.quiet_from:%H:%M}-{self.quiet_to:%H:%M}"

    @property
    def message_language(self) -> str:
        """Language of messages to the person: the one they chose, if the library writes in it, or its first."""
        return text_language(str(self.language))


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
        constraints = (
            models.UniqueConstraint(fields=("person", "name"), name="patrons_profilefield_person_name_unique"),
        )

    def __str__(self) -> str:
        return str(self.get_name_display())

    @property
    def masked(self) -> str:
        """Enough of the value for the patron to recognise it, but not for a bystander."""
        return f"{self.value.decrypt()[:1]}•••"


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


class ConsentText(models.Model):
    """Text of one purpose in one version. A version that was agreed to is never changed."""

    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose.choices)
    version = models.CharField(_("version"), max_length=20)
    chinese = models.TextField(_("Chinese"))
    english = models.TextField(_("English"))
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("consent text")
        verbose_name_plural = _("consent texts")
        ordering = ("purpose", "-since", "-id")
        constraints = (
            models.UniqueConstraint(fields=("purpose", "version"), name="patrons_consenttext_purpose_version_unique"),
        )

    def __str__(self) -> str:
        return f"{self.purpose} {self.version}"

    @property
    def texts(self) -> Texts:
        """The text by language."""
        return Texts({"zh": self.chinese, "en": self.english})


class Consent(models.Model):
    """Consent to or withdrawal of one purpose; the newest row counts."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="consents", verbose_name=_("person"))
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose.choices)
    given = models.BooleanField(_("given"))
    text_version = models.CharField(_("version of the text"), max_length=20, blank=True)
    by = models.CharField(_("recorded by"), max_length=150)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ("-at", "-id")
        indexes = (models.Index(fields=("person", "purpose", "-at", "-id")),)

    def __str__(self) -> str:
        return f"{self.purpose} {'+' if self.given else '-'}"


class FieldConsent(models.Model):
    """Consent to or refusal of one purpose for one contact field, whatever its address.

    The newest row counts.

    Loans need no consent, so only optional purposes occur here.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="uses", verbose_name=_("person"))
    field = models.CharField(_("field"), max_length=10, choices=Channel.choices)
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose.choices)
    given = models.BooleanField(_("given"))
    text_version = models.CharField(_("version of the text"), max_length=20, blank=True)
    by = models.CharField(_("recorded by"), max_length=150)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("use of field")
        verbose_name_plural = _("uses of fields")
        ordering = ("-at", "-id")
        indexes = (models.Index(fields=("person", "purpose", "-at", "-id"), name="field_consent_newest"),)

    def __str__(self) -> str:
        return f"{self.field} {self.purpose} {'+' if self.given else '-'}"


class Contact(models.Model):
    """Address of a person, encrypted.

    `bound_at`: time at which a code sent there was entered. `verified_at`: time at which it was last known to be
    right.

    An address entered by the patron is used once it is verified by code or confirmed by staff; one entered by staff
    is used at once. A replaced address is kept for some days so that its owner can be notified.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="contacts", verbose_name=_("person"))
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    address = EncryptedTextField(_("address"))
    hash = models.CharField(_("keyed hash"), max_length=64, db_index=True)
    source = models.CharField(_("source"), max_length=12, choices=Source.choices)
    told_at = models.DateTimeField(_("notified at"))
    verified_at = models.DateTimeField(_("last confirmed"), null=True, blank=True)
    bound_at = models.DateTimeField(_("linked"), null=True, blank=True)
    bounced_at = models.DateTimeField(_("sent back"), null=True, blank=True)
    replaced_at = models.DateTimeField(_("replaced"), null=True, blank=True)
    asked_at = models.DateTimeField(_("confirmation requested"), null=True, blank=True)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("person", "channel", "hash"), name="patrons_contact_person_channel_hash_unique"
            ),
        )

    def __str__(self) -> str:
        return str(self.get_channel_display())

    @property
    def masked(self) -> str:
        """Enough of the address for its owner to recognise it, but not for a bystander."""
        return mask_address(self.channel, self.address.decrypt())


class Order(models.Model):
    """Channels for one kind of message, in order of preference; an empty kind means all others."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="orders", verbose_name=_("person"))
    kind = models.CharField(_("kind"), max_length=32, blank=True)
    channels = models.JSONField(_("channels"), default=list)

    class Meta:
        verbose_name = _("order of channels")
        verbose_name_plural = _("orders of channels")
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("person", "kind"), name="patrons_order_person_kind_unique"),)

    def __str__(self) -> str:
        return self.kind or "*"


class Code(models.Model):
    """Verification code sent to a contact, stored as a keyed hash."""

    class Aim(TextChoices):
        """What the code is for."""

        BIND = "bind", _("link contact")
        PIN = "pin", _("new PIN")
        SIGN = "sign", _("phone sign-in")

    person = models.ForeignKey(Person, models.CASCADE, related_name="codes", verbose_name=_("person"))
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="codes", verbose_name=_("contact"))
    aim = models.CharField(_("aim"), max_length=4, choices=Aim.choices)
    hash = models.CharField(_("keyed hash"), max_length=64)
    sent_at = models.DateTimeField(_("sent"))
    until = models.DateTimeField(_("until"))
    used_at = models.DateTimeField(_("used"), null=True, blank=True)

    class Meta:
        verbose_name = _("code")
        verbose_name_plural = _("codes")
        ordering = ("-sent_at", "-id")

    def __str__(self) -> str:
        return str(self.get_aim_display())


class FamilyCard(models.Model):
    """Card whose loans another patron sees and renews.

    Both agreed: the reader by adding the card, the holder by its PIN. Either of them can remove it, and it is erased
    with either. The last four characters of both numbers are kept so that an export says who it is about.
    """

    reader = models.ForeignKey(Person, models.CASCADE, related_name="family", verbose_name=_("reader"))
    holder = models.ForeignKey(Person, models.CASCADE, related_name="family_readers", verbose_name=_("card holder"))
    reader_last4 = models.CharField(_("number of the patron who sees the loans, last four"), max_length=4)
    holder_last4 = models.CharField(_("number of the card holder, last four"), max_length=4)
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("family card")
        verbose_name_plural = _("family cards")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("reader", "holder"), name="patrons_familycard_reader_holder_unique"),
        )

    def __str__(self) -> str:
        return f"{self.reader_last4} {self.holder_last4}"


class FeedPosition(models.Model):
    """Number of the last event that every consumer has taken. Its one row is the lock of the feed reader."""

    last = models.PositiveBigIntegerField(default=0)


class ProfileSettings(SettingsRow):
    """Settings for profiles.

    `stale_months` is how long a fact counts as verified; the rest defines key patrons.
    """

    stale_months = models.PositiveSmallIntegerField(_("months until contact confirmation"), default=6)
    key_categories = models.JSONField(_("key patron categories"), default=list)
    key_loans = models.PositiveIntegerField(
        _("loans in 12 months for key patrons"), default=0, help_text=_("0: loans are not considered.")
    )

    class Meta:
        verbose_name = _("record rules")
        verbose_name_plural = _("record rules")

    def __str__(self) -> str:
        return str(self.stale_months)


class MonthlyLoans(models.Model):
    """Number of checkouts of a person in a month, without titles, for the rule of key patrons."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="busy", verbose_name=_("person"), db_index=False)
    month = models.DateField(_("month"))
    loans = models.PositiveIntegerField(_("loans"), default=0)

    class Meta:
        verbose_name = _("loans per month")
        verbose_name_plural = _("loans per month")
        ordering = ("person", "month")
        constraints = (
            models.UniqueConstraint(fields=("person", "month"), name="patrons_monthlyloans_person_month_unique"),
        )

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.loans}"


class LibraryLook(SettingsRow):
    """The library's own accent colour and logo, each of which may be empty."""

    accent = models.CharField(_("accent colour"), max_length=7, blank=True)
    logo = models.BinaryField(_("logo"), blank=True, default=bytes)
    """PNG, as `look.encode_logo` returns it."""

    class Meta:
        verbose_name = _("look")
        verbose_name_plural = _("looks")

    def __str__(self) -> str:
        return self.accent or "–"

    @property
    def version(self) -> str:
        """Return a mark that changes with the look, so that phones may keep its files."""
        return sha256(self.accent.encode() + bytes(self.logo)).hexdigest()[:12]

    def tone(self, theme: str) -> Tone:
        """Return the accent for the theme `light` or `dark`; the product's own if the library chose none."""
        return tone(self.accent, theme) if self.accent else Tone(ACCENT, INK)
