"""Set up the accounts by which the library sends messages, and send a test message by each.

Passwords and keys are entered, never shown, and sent only to the server for which they were entered.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods
from pydantic import HttpUrl, TypeAdapter, ValidationError

from hub.audit.field_history import NEW_PASSWORD
from hub.core.encrypted_fields import KeyIsAnother
from hub.core.language import page_text_language
from hub.core.pages.page import page, report_error, report_success, staff_action, staff_only
from hub.core.retrying_transaction import atomic
from hub.outreach.messaging.channels.apprise import is_service_url
from hub.outreach.messaging.channels.registry import ChannelTestResult, send_test
from hub.outreach.messaging.message_templates import BadWording, fields
from hub.outreach.messaging.models import ChannelAccount, MailAccount, SmsAccount, WeChatAccount, WeComAccount
from hub.outreach.messaging.settings import (
    FILE,
    BadChannels,
    Channels,
    ChannelSection,
    WeChat,
    WeChatTemplate,
    channel_in_file,
    channels,
    channels_in_file,
    check_keywords,
)
from hub.outreach.patrons.channels import BadAddress, Channel
from hub.outreach.patrons.purposes import MessageKind
from hub.staff.library.undo import undo_url


class AccountForm(forms.ModelForm):
    """An account, with a field for each of its secrets; an empty one keeps the stored secret."""

    required_secrets: tuple[str, ...] = ()
    """Secrets without which the account cannot be saved."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for name in self.secrets:
            self.fields[name] = forms.CharField(
                required=False,
                strip=self.instance._meta.label != MailAccount._meta.label,
                max_length=500,
                widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
            )
        texts = self.texts()
        self.order_fields(texts)
        for name, (label, help_text, fault) in texts.items():
            field = self.fields[name]
            field.label, field.help_text = label, help_text
            if name in self.secrets and self.instance.has_secret(name):
                field.help_text = _("Stored. Leave empty to keep it.")
            if fault:
                field.error_messages |= dict.fromkeys(("required", "invalid", "min_value", "max_value"), fault)
                for validator in field.validators:
                    validator.message = fault
            if not isinstance(field.widget, forms.CheckboxInput):
                field.widget.attrs |= {"class": "field", "autocapitalize": "none", "spellcheck": "false"}

    @property
    def secrets(self) -> tuple[str, ...]:
        found: tuple[str, ...] = self.instance.SECRETS
        return found

    def texts(self) -> dict[str, tuple[str, str, str]]:
        """Return label, explanation and error message of each field, in the order of the page."""
        raise NotImplementedError

    def needs_secret(self, name: str) -> bool:
        """Return whether the account as entered cannot do without this secret."""
        return name in self.required_secrets

    def clean(self) -> dict[str, Any]:
        """Require the secrets again for another login: a stored one must go to no other server."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        self.is_same_login = self.instance.secrets_for == self._entered_login(found)
        for name in self.secrets:
            if self.needs_secret(name) and not self.will_have(name) and not self.errors:
                self.add_error(name, self.missing_secret())
        return found

    def missing_secret(self) -> str:
        """Return the error message of a secret that has to be entered."""
        return _("Enter it for this account. A stored one is not used for another.")

    def will_have(self, name: str) -> bool:
        """Return whether the account has this secret once the form is saved."""
        return bool(self.cleaned_data.get(name) or (self.is_same_login and getattr(self.instance, name)))

    def _entered_login(self, found: dict[str, Any]) -> str:
        model = type(self.instance)
        names = {each.name for each in model._meta.fields} - {"id", "secrets_for", *self.secrets}
        return str(model(**{name: found[name] for name in names & set(found)}).login)


class MailForm(AccountForm):
    class Meta:
        model = MailAccount
        fields = ("sender_name", "sender", "host", "port", "security", "user", "is_on")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].widget.attrs["autocomplete"] = "off"

    def texts(self) -> dict[str, tuple[str, str, str]]:
        return {
            "sender_name": (_("Sender's name"), _("Such as the library's name. Patrons see it."), ""),
            "sender": (
                _("Sender's address"),
                _("Answers of patrons arrive there."),
                _("Enter an address, such as library@example.org."),
            ),
            "host": (_("Server"), _("Outgoing mail (SMTP), such as smtp.example.org."), _("Enter the server's name.")),
            "port": (
                _("Port"),
                _("Mostly 587 with STARTTLS, 465 with TLS."),
                _("Enter a whole number from {low} to {high}.").format(low=1, high=65535),
            ),
            "security": (
                pgettext("mail server", "Security"),
                _("Choose none only for a server within the library's network."),
                "",
            ),
            "user": (_("User name"), _("Often the sender's address. Leave empty if the server wants no login."), ""),
            "password": (_("Password"), _("Encrypted in the hub, and never shown."), ""),
            "is_on": (_("Send mail by this account"), _("If not, email is off."), ""),
        }

    def clean_sender_name(self) -> str:
        """Put the name on one line, as a mail header has it."""
        return " ".join(str(self.cleaned_data["sender_name"]).split())

    def clean_host(self) -> str:
        """Accept a name or address without scheme, port or path."""
        host = str(self.cleaned_data["host"]).strip()
        if not host or any(each.isspace() or each in "/@" for each in host):
            raise forms.ValidationError(_("Enter the server's name."))
        return host

    def needs_secret(self, name: str) -> bool:
        return bool(self.cleaned_data.get("user"))

    def missing_secret(self) -> str:
        return _("Enter the password of this user name at this server.")

    def clean(self) -> dict[str, Any]:
        """Refuse a password without a user name."""
        found = super().clean()
        if found.get("password") and not found.get("user") and not self.errors:
            self.add_error("user", _("Enter the user name to which the password belongs."))
        return found


class SmsForm(AccountForm):
    required_secrets = ("url",)

    class Meta:
        model = SmsAccount
        fields = ("is_on",)

    def texts(self) -> dict[str, tuple[str, str, str]]:
        return {
            "url": (
                _("Service address"),
                _("With account and key, as apprise writes it, and {address} in place of the number.").format(
                    address="{address}"
                ),
                "",
            ),
            "is_on": (_("Send text messages by this service"), _("If not, text messages are off."), ""),
        }

    def missing_secret(self) -> str:
        return _("Enter the address of the service.")

    def clean_url(self) -> str:
        """Accept what Apprise can send by, with a place for the number."""
        url = str(self.cleaned_data["url"])
        if url and "{address}" not in url:
            raise forms.ValidationError(_("Write {address} where the number belongs.").format(address="{address}"))
        if url and not is_service_url(url):
            raise forms.ValidationError(
                _("No SMS service has an address like this. Compare it with the examples below.")
            )
        return url


class ApiForm(AccountForm):
    """The account of a provider with a web API."""

    required_secrets = ("secret",)

    def clean_base_url(self) -> str:
        """Drop the slash at the end, so that equal addresses are equal texts."""
        url = str(self.cleaned_data["base_url"]).strip().rstrip("/")
        try:
            return url and str(TypeAdapter(HttpUrl).validate_python(url)).rstrip("/")
        except ValidationError:
            raise forms.ValidationError(_("Enter an address that begins with https://.")) from None

    @staticmethod
    def base_url_text(default: str) -> tuple[str, str, str]:
        """Return label, explanation and error message of the API's address."""
        return (
            _("API address"),
            _("Leave empty for {address}. Only for a proxy, which then reads the secret.").format(address=default),
            "",
        )


class WeChatForm(ApiForm):
    class Meta:
        model = WeChatAccount
        fields = ("app_id", "base_url", "is_on")

    def texts(self) -> dict[str, tuple[str, str, str]]:
        pair = _("With both, patrons link their WeChat account by scanning a code.")
        return {
            "app_id": ("AppID", _("Of the service account: 设置与开发 → 基本配置."), _("Enter the AppID.")),
            "secret": ("AppSecret", _("Encrypted in the hub, and never shown."), ""),
            "callback_token": ("Token", pair, ""),
            "callback_key": ("EncodingAESKey", pair, ""),
            "base_url": self.base_url_text("https://api.weixin.qq.com"),
            "is_on": (_("Send messages by this account"), _("If not, WeChat is off."), ""),
        }

    def clean(self) -> dict[str, Any]:
        """Let the settings' own model judge the callback's token and key."""
        found = super().clean()
        if self.errors:
            return found
        for name, fault in (
            ("callback_token", _("Enter 3 to 32 letters and digits.")),
            ("callback_key", _("Enter the 43 letters and digits.")),
        ):
            try:
                WeChat.model_validate({"app_id": "", "secret": "", name: found.get(name, "")})
            except ValidationError:
                self.add_error(name, fault)
        if not self.errors and self.will_have("callback_token") != self.will_have("callback_key"):
            missing = "callback_key" if self.will_have("callback_token") else "callback_token"
            self.add_error(missing, _("Enter both Token and EncodingAESKey, or neither."))
        return found


class WeComForm(ApiForm):
    class Meta:
        model = WeComAccount
        fields = ("corp_id", "agent_id", "base_url", "is_on")

    def texts(self) -> dict[str, tuple[str, str, str]]:
        return {
            "corp_id": ("CorpID", _("Of the library's company account: 我的企业 → 企业信息."), _("Enter the CorpID.")),
            "agent_id": ("AgentId", _("Of the application: 应用管理."), _("Enter the number of the application.")),
            "secret": ("Secret", _("Encrypted in the hub, and never shown."), ""),
            "base_url": self.base_url_text("https://qyapi.weixin.qq.com"),
            "is_on": (_("Send messages by this account"), _("If not, WeCom is off."), ""),
        }


FORMS: dict[str, type[AccountForm]] = {"mail": MailForm, "sms": SmsForm, "wechat": WeChatForm, "wecom": WeComForm}
"""The form of each channel that is set up on a page."""


class TemplateForm(forms.Form):
    """A message template of WeChat: which kind of message it carries, and what its keywords say."""

    kind = forms.ChoiceField(widget=forms.Select(attrs={"class": "field"}))
    template_id = forms.CharField(max_length=100)
    how = forms.ChoiceField(widget=forms.Select(attrs={"class": "field"}))
    data = forms.CharField(widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="template-%s", **kwargs)
        self.fields["kind"].choices = [(each.value, each.label) for each in MessageKind]
        self.fields["how"].choices = _ways()
        texts = {
            "kind": (_("Message type"), ""),
            "template_id": (_("Template ID"), _("As WeChat lists it under 模板消息.")),
            "how": (_("Patron's consent"), ""),
            "data": (_("Keywords"), _("One per line, such as thing1: {example}").format(example="{title}")),
        }
        for name, (label, help_text) in texts.items():
            self.fields[name].label, self.fields[name].help_text = label, help_text
            self.fields[name].error_messages["required"] = _("Enter it as WeChat shows it.")
            self.fields[name].widget.attrs |= {"class": "field", "autocapitalize": "none", "spellcheck": "false"}

    def clean(self) -> dict[str, Any]:
        """Check the keywords against the fields of the kind."""
        found = super().clean() or self.cleaned_data
        if self.errors:
            return found
        lines = [each for each in found["data"].splitlines() if each.strip()]
        pairs = [each.replace("：", ":", 1).partition(":") for each in lines]
        if any(not keyword.strip() or not text.strip() for keyword, _colon, text in pairs):
            self.add_error("data", _("Write a keyword, a colon and a text on each line."))
            return found
        data = {keyword.strip(): text.strip() for keyword, _colon, text in pairs}
        template = WeChatTemplate(id=found["template_id"], how=found["how"], data=data)
        try:
            check_keywords(MessageKind(found["kind"]), template)
        except BadWording as error:
            self.add_error("data", str(error))
        found["template"] = template
        return found


def _ways() -> list[tuple[str, str]]:
    """Return the ways of WeChat to send a template, with their labels."""
    return [
        ("template", _("none needed (template message)")),
        ("subscribe", _("subscription (subscription message)")),
        ("once", _("once for each message (one-time subscription)")),
    ]


@require_http_methods(["GET", "POST"])
@staff_only
def account(request: HttpRequest, channel: str) -> HttpResponse:
    """Show the account of a channel, or save it; one in the file is only shown."""
    home = reverse(f"library:{channel}_account")
    if request.method == "GET":
        return _render(request, channel)
    if channel_in_file(channel, _in_file()[0]):
        return _refuse_for_file(request, home)
    form = FORMS[channel](request.POST, instance=FORMS[channel].Meta.model.now())
    if not form.is_valid():
        return _render(request, channel, form, status=422)
    if not form.has_changed():
        return report_success(request, _("Nothing was changed"), home)
    saved = _save(form)
    # A version has no secrets: an undo would leave the new ones with the old login.
    undo = "" if set(form.secrets) & set(form.changed_data) else undo_url(f"{channel}_account", [saved.pk])
    return report_success(request, _confirmation(channel), home, undo)


def _confirmation(channel: str) -> str:
    if channel == "mail":
        return _("Mail account saved. Send a test message.")
    return _("Account saved. Send a test message.")


def _refuse_for_file(request: HttpRequest, home: str) -> HttpResponse:
    return report_error(request, _("This account is set in {file}. Change it there.").format(file=FILE), home)


@atomic
def _save(form: AccountForm) -> ChannelAccount:
    saved: ChannelAccount = form.save(commit=False)
    if not form.is_same_login:
        for name in form.secrets:
            setattr(saved, name, "")
    for name in form.secrets:
        if form.cleaned_data[name]:
            setattr(saved, name, form.cleaned_data[name])
            saved._change_reason = NEW_PASSWORD
    saved.secrets_for = saved.login if any(getattr(saved, name) for name in form.secrets) else ""
    saved.save()
    return saved


@staff_action
def template(request: HttpRequest) -> HttpResponse:
    """Save the template of a kind of message, or remove it if `remove` names the kind."""
    home = reverse("library:wechat_account")
    if channel_in_file("wechat", _in_file()[0]):
        return _refuse_for_file(request, home)
    row = WeChatAccount.now()
    if row.pk is None:
        raise Http404
    if (kind := request.POST.get("remove", "")) in row.templates:
        changed, message = {each: value for each, value in row.templates.items() if each != kind}, _("Template removed")
    else:
        form = TemplateForm(request.POST)
        if not form.is_valid():
            return _render(request, "wechat", template_form=form, status=422)
        entered = form.cleaned_data
        changed = row.templates | {entered["kind"]: entered["template"].model_dump(mode="json")}
        message = _("Template saved")
    if changed == row.templates:
        return report_success(request, _("Nothing was changed"), home)
    row.templates = changed
    row.save()
    return report_success(request, message, home, undo_url("wechat_account", [row.pk]))


@staff_action
def send_test_message(request: HttpRequest, channel: str) -> HttpResponse:
    """Send a test message to the posted address by the account in effect, and show the result."""
    address, status = request.POST.get("address", "").strip(), 200
    try:
        tested = send_test(channel, address, page_text_language(), channels())
    except (BadAddress, BadChannels) as error:
        tested, status = ChannelTestResult(False, str(error)), 422
    return _render(request, channel, tested=tested, address=address, status=status)


def _render(
    request: HttpRequest,
    channel: str,
    form: AccountForm | None = None,
    template_form: TemplateForm | None = None,
    tested: ChannelTestResult | None = None,
    address: str = "",
    status: int = 200,
) -> HttpResponse:
    in_file, fault = _in_file()
    if not fault:
        try:
            channels()
        except BadChannels as error:
            fault = str(error)
    form = form or FORMS[channel](instance=FORMS[channel].Meta.model.now())
    section, title = channel_in_file(channel, in_file), _titles()[channel]
    context = {
        "form": form,
        "channel": channel,
        "title": title[0],
        "about": title[1],
        "nav": [(f"library:{each}_account", name, each == channel) for each, (name, _about) in _titles().items()],
        "action": reverse(f"library:{channel}_account"),
        "test": reverse(f"library:test_{channel}_account"),
        "address_label": _address_labels()[channel],
        "in_file": list(_file_facts(section)) if section else (),
        "section": "[apprise]" if channel == "sms" else f"[{channel}]",
        "file": FILE,
        "fault": fault,
        "tested": tested,
        "tested_channel": str(Channel(channel).label) if tested else "",
        "address": address,
        "is_set_up": section is not None or form.instance.pk is not None,
        "services": SERVICES if channel == "sms" and not section else (),
        "scheme": _scheme(form.instance) if channel == "sms" and not section else "",
    }
    if channel == "wechat" and not section and form.instance.pk is not None:
        context |= _template_context(request, form.instance, template_form)
    return page(request, "library", "library/channel_account.html", context, status)


def _titles() -> dict[str, tuple[str, str]]:
    """Return name of each channel's page and what the account is for."""
    return {
        "mail": (_("Mail account"), _("The hub sends reminders, notices and codes by this account.")),
        "sms": (_("Text messages"), _("The hub sends short texts by this service. Each may cost the library money.")),
        "wechat": (
            _("WeChat service account"),
            _("Patrons who follow the account and have linked it get messages there."),
        ),
        "wecom": (_("WeCom application"), _("Patrons in the library's WeCom who have linked it get messages there.")),
    }


def _address_labels() -> dict[str, tuple[str, str]]:
    """Return what a test message is sent to, and how to find it."""
    return {
        "mail": (_("Send to"), ""),
        "sms": (_("Send to"), _("Your mobile number.")),
        "wechat": (_("Send to OpenID"), _("Of a follower at this account; not the WeChat name.")),
        "wecom": (_("Send to account"), _("Your account in the WeCom address book (userid).")),
    }


SERVICES = (
    "twilio://AccountSID:AuthToken@FromNumber/{address}",
    "vonage://Key:Secret@Sender/{address}",
    "clicksend://user:key@{address}",
    "46elks://user:password@Sender/{address}",
    "jsons://gateway.example.org/send/{address}",
)
"""Examples of addresses: known services, and a gateway of one's own that takes the text as JSON."""


def _scheme(row: SmsAccount) -> str:
    """Return the service of the stored address, without account and key."""
    try:
        return urlsplit(row.decrypt_secret("url")).scheme
    except KeyIsAnother:  # the page shows this fault already
        return ""


def _template_context(request: HttpRequest, row: WeChatAccount, form: TemplateForm | None) -> dict[str, object]:
    stored = {MessageKind(kind): WeChatTemplate.model_validate(each) for kind, each in row.templates.items()}
    hows = dict(_ways())
    if form is None:
        kind = request.GET.get("kind", "")
        chosen = stored.get(MessageKind(kind)) if kind in MessageKind else None
        lines = "\n".join(f"{keyword}: {text}" for keyword, text in chosen.data.items()) if chosen else ""
        initial = {"kind": kind or MessageKind.TEST}
        if chosen:
            initial |= {"template_id": chosen.id, "how": chosen.how, "data": lines}
        form = TemplateForm(initial=initial)
    kind = form["kind"].value()
    names = fields(MessageKind(kind)) if kind in MessageKind else {}
    return {
        "template_form": form,
        "placeholders": " ".join(f"{{{each}}}" for each in names),
        "templates": [(str(kind), kind.label, each.id, hows[each.how]) for kind, each in sorted(stored.items())],
    }


def _file_facts(section: ChannelSection) -> Iterator[tuple[str, str]]:
    """Yield name and value of the settings in the file; of a secret only that it is set."""
    shown = section.model_dump(mode="json", exclude={"templates", "timeout", "services"})
    for name, value in shown.items():
        secret = name in ("password", "secret", "callback_token", "callback_key", "sms")
        if value:
            yield name, pgettext("password", "set") if secret else str(value)


def _in_file() -> tuple[Channels, str]:
    """Return the channels of the file, and its fault."""
    try:
        return channels_in_file() or Channels(), ""
    except BadChannels as error:
        return Channels(), str(error)
