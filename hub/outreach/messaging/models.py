"""Tables of the delivery: the outbox with every attempt, and what patrons prefer. Addresses are keyed hashes."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import uuid4

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hub.core.encrypted_fields import EncryptedTextField
from hub.core.models import SettingsRow, TextChoices
from hub.outreach.patrons.channels import Channel
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind


class Message(models.Model):
    """A message to a patron, unique by kind and key."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("message", "pending")
        UNDERWAY = "underway", pgettext_lazy("message", "sending")
        SAID = "said", pgettext_lazy("message", "delivered")
        GIVEN_UP = "given_up", pgettext_lazy("message", "not delivered")
        WITHHELD = "withheld", pgettext_lazy("message", "withheld")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="messages", verbose_name=_("person"))
    kind = models.CharField(_("kind"), max_length=20, choices=MessageKind)
    key = models.CharField(_("key"), max_length=120)
    uid = models.UUIDField(_("number"), default=uuid4, editable=False, unique=True)
    facts = EncryptedTextField(_("content"), default="")
    """Facts for the template, as JSON; emptied some days after the message is done."""
    made_at = models.DateTimeField(_("created at"))
    next_at = models.DateTimeField(_("send after"))
    until = models.DateTimeField(_("useful until"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    why = models.CharField(_("reason"), max_length=40, blank=True)
    """Why it waits, was withheld or given up, as a code of `reasons`."""
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("kind", "key"), name="messaging_message_kind_key_unique"),)
        indexes = (
            models.Index(fields=("next_at", "id"), name="message_due", condition=models.Q(state="waiting")),
            models.Index(fields=("person", "made_at"), name="message_person"),
            models.Index(fields=("done_at",), name="message_done"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    def decrypted_facts(self) -> dict[str, Any]:
        """The facts, decrypted."""
        return dict(json.loads(self.facts.decrypt() or "{}"))

    @staticmethod
    def encode_facts(facts: Mapping[str, Any]) -> str:
        """Return the facts as JSON for the encrypted field."""
        return json.dumps(dict(facts), ensure_ascii=False, separators=(",", ":"))


class Delivery(models.Model):
    """One attempt to deliver a message by one channel, written before anything is sent."""

    class State(models.TextChoices):
        PENDING = "pending", pgettext_lazy("message", "queued")
        SENDING = "sending", pgettext_lazy("message", "sending")
        SENT = "sent", pgettext_lazy("message", "sent")
        FAILED = "failed", pgettext_lazy("message", "failed, will retry")
        DEAD = "dead", pgettext_lazy("message", "failed permanently")

    message = models.ForeignKey(Message, models.CASCADE, related_name="deliveries", verbose_name=_("message"))
    number = models.PositiveSmallIntegerField(_("attempt number"))
    person = models.ForeignKey(Person, models.CASCADE, related_name="deliveries", verbose_name=_("recipient"))
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    address = models.CharField(_("keyed hash of the address"), max_length=64, blank=True)
    key = models.CharField(_("idempotency key"), max_length=32, db_index=True)
    """Same for every attempt at this message and address, so that the provider detects duplicates."""
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.PENDING)
    made_at = models.DateTimeField(_("created at"))
    claim = models.CharField(_("claimed by"), max_length=32, blank=True)
    claimed_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    lost = models.PositiveSmallIntegerField(_("interruptions"), default=0)
    """How often a worker died before the outcome was written: the letter may have arrived more than once."""
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    code = models.CharField(_("error"), max_length=40, blank=True)
    channels_fault = models.BooleanField(_("channel fault"), default=False)
    """The channel failed for everyone: the attempt does not count against the address."""
    provider = models.CharField(_("provider's number"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("message", "number"), name="messaging_delivery_message_number_unique"),
        )
        indexes = (
            models.Index(fields=("channel", "id"), name="delivery_pending", condition=models.Q(state="pending")),
            models.Index(fields=("claimed_until",), name="delivery_sending", condition=models.Q(state="sending")),
            models.Index(fields=("person", "done_at"), name="delivery_person"),
            models.Index(fields=("address", "done_at"), name="delivery_address"),
        )

    def __str__(self) -> str:
        return f"{self.channel} {self.pk}"


class Pause(models.Model):
    """A channel that failed for everyone: it pauses until this time, and staff see the reason."""

    channel = models.CharField(_("channel"), max_length=10, unique=True, choices=Channel)
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"))
    times = models.PositiveIntegerField(_("consecutive failures"), default=1)
    code = models.CharField(_("error"), max_length=40)
    words = models.CharField(_("provider message"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("channel pause")
        verbose_name_plural = _("channel pauses")
        ordering = ("channel",)

    def __str__(self) -> str:
        return str(self.channel)


class OneTimeSubscription(models.Model):
    """A consent that the patron gave WeChat for one message; valid for that message only."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="consented", verbose_name=_("person"))
    kind = models.CharField(_("kind"), max_length=20, choices=MessageKind)
    about = models.CharField(_("about"), max_length=120)
    scene = models.PositiveSmallIntegerField(_("scene"))
    openid = EncryptedTextField(_("openid"))
    at = models.DateTimeField(_("at"))
    used_at = models.DateTimeField(_("used at"), null=True, blank=True)

    class Meta:
        verbose_name = _("one-time message consent")
        verbose_name_plural = _("one-time message consents")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("person", "kind", "about"), name="messaging_onetimesubscription_person_kind_about_unique"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.about}"


class Unsubscription(models.Model):
    """A kind of message that a person has stopped; necessary ones still appear on the kiosk's screen."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="stopped", verbose_name=_("person"))
    kind = models.CharField(_("kind"), max_length=20, choices=MessageKind)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("unsubscribed type")
        verbose_name_plural = _("unsubscribed types")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("person", "kind"), name="messaging_unsubscription_person_kind_unique"),
        )

    def __str__(self) -> str:
        return str(self.kind)


class Wording(models.Model):
    """The library's own text for one form of a kind, in place of the shipped one."""

    class Form(models.TextChoices):
        SUBJECT = "subject", _("subject")
        SHORT = "short", _("short text")
        LONG = "long", _("long text")

    kind = models.CharField(_("kind"), max_length=20, choices=MessageKind)
    language = models.CharField(_("language"), max_length=10)
    form = models.CharField(_("format"), max_length=8, choices=Form)
    text = models.TextField(_("text"))
    by = models.CharField(_("edited by"), max_length=150)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("message text")
        verbose_name_plural = _("message texts")
        ordering = ("kind", "language", "form")
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "language", "form"), name="messaging_wording_kind_language_form_unique"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.language} {self.form}"


class Rating(models.Model):
    """A patron's rating of one message; the last one counts."""

    class Says(TextChoices):
        USEFUL = "useful", pgettext_lazy("rating", "useful")
        LESS = "less", pgettext_lazy("rating", "fewer")
        STOP = "stop", pgettext_lazy("rating", "unsubscribe")

    message = models.OneToOneField(Message, models.CASCADE, related_name="rating", verbose_name=_("message"))
    says = models.CharField(_("rating"), max_length=6, choices=Says.choices)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("message rating")
        verbose_name_plural = _("message ratings")
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return str(self.says)


class FrequencyPreference(models.Model):
    """The patron asked for fewer messages of this kind: at most one in so many days."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="paces", verbose_name=_("person"))
    kind = models.CharField(_("kind"), max_length=20, choices=MessageKind)
    days = models.PositiveSmallIntegerField(_("days between messages"))

    class Meta:
        verbose_name = _("message frequency")
        verbose_name_plural = _("message frequencies")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("person", "kind"), name="messaging_frequencypreference_person_kind_unique"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.days}"


class AccountLinkCode(models.Model):
    """A code that a phone scans to link its account, once and within minutes; `mark` is its keyed hash."""

    class End(TextChoices):
        BOUND = "bound", _("linked")
        TAKEN = "taken", _("already linked to another patron")

    person = models.ForeignKey(Person, models.CASCADE, related_name="bindings", verbose_name=_("person"))
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    mark = models.CharField(_("keyed hash"), max_length=64, unique=True)
    url = EncryptedTextField(_("QR code content"))
    until = models.DateTimeField(_("until"), db_index=True)
    used_at = models.DateTimeField(_("used"), null=True, blank=True)
    end = models.CharField(_("result"), max_length=6, choices=End.choices, blank=True)

    class Meta:
        verbose_name = _("account linking code")
        verbose_name_plural = _("account linking codes")
        ordering = ("-until", "-id")

    def __str__(self) -> str:
        return f"{self.channel} {self.until:%Y-%m-%d %H:%M}"


class ChannelAccount(SettingsRow):
    """Account by which the library sends by one channel, unless channels.toml has one; only secrets are encrypted."""

    SECRETS: ClassVar[tuple[str, ...]]
    """Names of the fields that are written and never shown."""

    is_on = models.BooleanField(_("in use"), default=True)
    secrets_for = models.CharField(_("login of the secrets"), max_length=520, blank=True, default="")
    """Login for which the secrets were entered: they are sent to no other server and under no other name, and
    unencrypted only if they were entered for that, whatever is changed or undone later."""

    class Meta:
        abstract = True

    @property
    def login(self) -> str:
        """Server and name to which the secrets belong."""
        raise NotImplementedError

    def has_secret(self, name: str) -> bool:
        """Return whether this secret is stored for the present login."""
        return bool(getattr(self, name)) and self.secrets_for == self.login

    def decrypt_secret(self, name: str) -> str:
        """Decrypt a secret; empty if none is stored for the present login.

        Raises:
            KeyIsAnother: If it was encrypted with another key.
        """
        return str(getattr(self, name).decrypt()) if self.has_secret(name) else ""


class MailAccount(ChannelAccount):
    """The account for mail."""

    class Security(models.TextChoices):
        STARTTLS = "starttls", "STARTTLS"
        TLS = "tls", "TLS"
        NONE = "none", pgettext_lazy("mail server", "none")

    SECRETS = ("password",)
    sender_name = models.CharField(_("sender's name"), max_length=100, blank=True)
    sender = models.EmailField(_("sender's address"))
    host = models.CharField(_("server"), max_length=253)
    port = models.PositiveIntegerField(
        _("port"), default=587, validators=(MinValueValidator(1), MaxValueValidator(65535))
    )
    security = models.CharField(_("security"), max_length=8, choices=Security, default=Security.STARTTLS)
    user = models.CharField(_("user name"), max_length=254, blank=True)
    password: Any = EncryptedTextField(_("password"), blank=True, default="")

    class Meta:
        verbose_name = _("mail account")
        verbose_name_plural = _("mail accounts")

    def __str__(self) -> str:
        return self.sender

    @property
    def login(self) -> str:
        way = " unencrypted" if self.security == self.Security.NONE else ""
        return f"{self.user}@{self.host}{way}"


class SmsAccount(ChannelAccount):
    """The service that sends text messages; its address contains account and key, so all of it is a secret."""

    SECRETS = ("url",)
    url: Any = EncryptedTextField(_("service address"), blank=True, default="")

    class Meta:
        verbose_name = _("SMS service")
        verbose_name_plural = _("SMS services")

    def __str__(self) -> str:
        return "SMS"

    @property
    def login(self) -> str:
        return ""


class WeChatAccount(ChannelAccount):
    """The library's service account at WeChat."""

    SECRETS = ("secret", "callback_token", "callback_key")
    app_id = models.CharField("AppID", max_length=64)
    secret: Any = EncryptedTextField("AppSecret", blank=True, default="")
    callback_token: Any = EncryptedTextField("Token", blank=True, default="")
    callback_key: Any = EncryptedTextField("EncodingAESKey", blank=True, default="")
    base_url = models.CharField(_("API address"), max_length=200, blank=True)
    templates = models.JSONField(_("templates"), blank=True, default=dict)
    """`WeChatTemplate` by kind of message, as channels.toml has it."""

    class Meta:
        verbose_name = _("WeChat account")
        verbose_name_plural = _("WeChat accounts")

    def __str__(self) -> str:
        return self.app_id

    @property
    def login(self) -> str:
        return f"{self.app_id}@{self.base_url}"


class WeComAccount(ChannelAccount):
    """The library's application at WeCom."""

    SECRETS = ("secret",)
    corp_id = models.CharField("CorpID", max_length=64)
    agent_id = models.PositiveIntegerField("AgentId")
    secret: Any = EncryptedTextField("Secret", blank=True, default="")
    base_url = models.CharField(_("API address"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("WeCom account")
        verbose_name_plural = _("WeCom accounts")

    def __str__(self) -> str:
        return f"{self.corp_id} {self.agent_id}"

    @property
    def login(self) -> str:
        return f"{self.corp_id} {self.agent_id}@{self.base_url}"
