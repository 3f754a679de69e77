"""Read the settings of the channels from channels.toml in the state directory, and the accounts that staff entered.

For each channel the file wins, because a form cannot change the file. The file's secrets are kept there, where only its
owner may read them, or in the environment; those of the forms are encrypted in the database.
"""

import os
import tomllib
from collections.abc import Callable
from datetime import time
from email.headerregistry import Address
from pathlib import Path
from typing import Annotated, Any, Literal

from django.apps import apps
from django.conf import settings
from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, ValidationError

from hub.core.encrypted_fields import KeyIsAnother
from hub.outreach.messaging.message_templates import BadWording, check_template
from hub.outreach.patrons.purposes import MessageKind

FILE = "channels.toml"
SECRETS = {
    ("mail", "password"): "KIOSK_HUB_MAIL_PASSWORD",
    ("wechat", "secret"): "KIOSK_HUB_WECHAT_SECRET",
    ("wechat", "callback_key"): "KIOSK_HUB_WECHAT_CALLBACK_KEY",
    ("wechat", "callback_token"): "KIOSK_HUB_WECHAT_CALLBACK_TOKEN",
    ("wecom", "secret"): "KIOSK_HUB_WECOM_SECRET",
}
Seconds = Annotated[float, Field(gt=0, le=120)]


class BadChannels(ValueError):
    """The file is unusable. `args[0]` names the file, the place in it and what would be right."""


class ChannelSection(BaseModel):
    """A section of channels.toml: immutable, and unknown keys are an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Mail(ChannelSection):
    """SMTP server, sender and credentials."""

    sender: str
    host: str
    port: int = Field(default=25, ge=1, le=65535)
    security: Literal["none", "starttls", "tls"] = "none"
    user: str = ""
    password: str = Field(default="", repr=False)
    reply_to: str = ""
    timeout: Seconds = 20


class WeChatTemplate(ChannelSection):
    """A template; `once` needs a consent per message, `data` fills its keywords from fields in braces."""

    id: str
    how: Literal["template", "subscribe", "once"] = "template"
    data: dict[str, str]


class WeChat(ChannelSection):
    """`callback_token` and `callback_key` are registered at WeChat, which then reports scans of our code."""

    app_id: str
    secret: str
    templates: dict[MessageKind, WeChatTemplate] = Field(default_factory=dict)
    callback_token: str = Field(default="", pattern=r"^([A-Za-z0-9]{3,32})?$")
    callback_key: str = Field(default="", pattern=r"^([A-Za-z0-9]{43})?$")
    base_url: HttpUrl = HttpUrl("https://api.weixin.qq.com")
    timeout: Seconds = 20


class WeCom(ChannelSection):
    """Account and application of WeCom."""

    corp_id: str
    agent_id: int
    secret: str
    base_url: HttpUrl = HttpUrl("https://qyapi.weixin.qq.com")
    authorize_url: HttpUrl = HttpUrl("https://open.weixin.qq.com")
    timeout: Seconds = 20


class Apprise(ChannelSection):
    """`sms` is a service URL with {address} in it; `services` are the schemes that patrons may use."""

    sms: str = ""
    services: tuple[str, ...] = ()


class Texts(ChannelSection):
    """Limits for codes by text message, because each message to a typed number costs the library money.

    `countries` has the accepted number prefixes, by default that of the library's country; `a_day` the maximum number
    of codes within 24 hours.
    """

    countries: tuple[Annotated[str, Field(pattern=r"^\+[1-9]\d{0,5}$")], ...] = ()
    a_day: int = Field(default=200, ge=0, le=100_000)


class Channels(ChannelSection):
    """Channels of the library. A channel that is not configured is off; screen and receipt are always on."""

    mail: Mail | None = None
    wechat: WeChat | None = None
    wecom: WeCom | None = None
    apprise: Apprise | None = None
    texts: Texts = Texts()
    quiet_from: time = time(21)
    quiet_to: time = time(8)
    marketing_most: int = Field(default=3, ge=0, le=100)
    marketing_days: int = Field(default=7, ge=1, le=365)

    def sends(self, kind: str) -> bool:
        """Return whether this kind can be sent by any channel."""
        services = self.apprise.services if self.apprise else ()
        return bool(services) or any(self.has(each, kind, "") for each in ("mail", "sms", "wechat", "wecom"))

    def has(self, channel: str, kind: str, address: str) -> bool:
        """Return whether this kind can be sent to the address by the channel."""
        match channel:
            case "mail":
                return self.mail is not None
            case "sms":
                return self.apprise is not None and bool(self.apprise.sms)
            case "wechat":
                return self.wechat is not None and kind in self.wechat.templates
            case "wecom":
                return self.wecom is not None
            case "apprise":
                scheme = address.split("://", 1)[0]
                return self.apprise is not None and scheme in self.apprise.services
            case _:
                return True


def channels() -> Channels:
    """Read the file and the accounts of the forms; without both only screen and paper are on.

    Raises:
        BadChannels: If the file is unusable, or a secret of an account cannot be decrypted.
    """
    in_file = channels_in_file()
    found = in_file or Channels()
    accounts = _accounts(found)
    if accounts:
        return found.model_copy(update=accounts)
    stand_in: tuple[Channels, object] | None = apps.get_app_config("messaging").stand_in
    return stand_in[0] if stand_in and in_file is None else found


def channels_in_file() -> Channels | None:
    """Read the file alone; None if there is none.

    Raises:
        BadChannels: If the file is unusable.
    """
    path = Path(settings.STATE) / FILE
    try:
        return read(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise BadChannels(_("{path} is not UTF-8. Save it as UTF-8.").format(path=path)) from None
    except (tomllib.TOMLDecodeError, BadChannels) as error:
        raise BadChannels(f"{path}: {error}") from None


def channel_in_file(channel: str, in_file: Channels) -> ChannelSection | None:
    """Return the file's section of a channel that has an account; None leaves the channel to the account."""
    if channel == "sms":
        return in_file.apprise if in_file.apprise and in_file.apprise.sms else None
    found: ChannelSection | None = getattr(in_file, channel)
    return found


def _accounts(in_file: Channels) -> dict[str, ChannelSection]:
    """Return the sections of `Channels` that come from accounts in use."""
    found: dict[str, ChannelSection] = {}
    for channel, (model, read_account) in ACCOUNTS.items():
        if channel_in_file(channel, in_file) is not None:
            continue
        row = apps.get_model(model).now()
        if row.pk is None or not row.is_on:
            continue
        try:
            section = read_account(row)
        except KeyIsAnother as error:
            raise BadChannels(str(error)) from None
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            raise BadChannels(f"{row._meta.verbose_name}: {first['msg']}") from None
        if isinstance(section, Apprise):
            found["apprise"] = section.model_copy(
                update={"services": in_file.apprise.services if in_file.apprise else ()}
            )
        else:
            found[channel] = section
    return found


def _mail(row: Any) -> Mail:
    return Mail(
        sender=str(Address(row.sender_name, addr_spec=row.sender)),
        host=row.host,
        port=row.port,
        security=row.security,
        user=row.user,
        password=row.decrypt_secret("password"),
    )


def _sms(row: Any) -> Apprise:
    return Apprise(sms=row.decrypt_secret("url"))


def _wechat(row: Any) -> WeChat:
    base = {"base_url": row.base_url} if row.base_url else {}
    secrets = {name: row.decrypt_secret(name) for name in row.SECRETS}
    return WeChat.model_validate({"app_id": row.app_id, "templates": row.templates, **secrets, **base})


def _wecom(row: Any) -> WeCom:
    base = {"base_url": row.base_url} if row.base_url else {}
    secret = row.decrypt_secret("secret")
    return WeCom.model_validate({"corp_id": row.corp_id, "agent_id": row.agent_id, "secret": secret, **base})


ACCOUNTS: dict[str, tuple[str, Callable[[Any], ChannelSection]]] = {
    "mail": ("messaging.MailAccount", _mail),
    "sms": ("messaging.SmsAccount", _sms),
    "wechat": ("messaging.WeChatAccount", _wechat),
    "wecom": ("messaging.WeComAccount", _wecom),
}
"""Channels that staff set up by a form: the model of the account, and how its row is read."""


def channels_or_none() -> Channels:
    """Return the channels; only the on-site ones if the file has a fault (staff see it on their page)."""
    try:
        return channels()
    except BadChannels:
        return Channels()


def read(found: dict[str, Any]) -> Channels:
    """Validate the content of the file.

    Raises:
        BadChannels: If it is unusable.
    """
    for (part, name), variable in SECRETS.items():
        if isinstance(found.get(part), dict) and (secret := os.environ.get(variable)):
            found[part].setdefault(name, secret)
    try:
        made = Channels.model_validate(found)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(each) for each in first["loc"])
        variable = SECRETS.get((str(first["loc"][0]), str(first["loc"][-1])), "")
        hint = _(" (or the environment variable {name})").format(name=variable) if variable else ""
        raise BadChannels(f"{place}: {first['msg']}{hint}") from None
    for kind, each in made.wechat.templates.items() if made.wechat else ():
        try:
            check_keywords(kind, each, f"wechat.templates.{kind}.data.")
        except BadWording as error:
            raise BadChannels(str(error)) from None
    if made.wechat and bool(made.wechat.callback_token) != bool(made.wechat.callback_key):
        raise BadChannels(_("wechat: set both callback_token and callback_key, or neither"))
    if made.apprise and made.apprise.sms and "{address}" not in made.apprise.sms:
        raise BadChannels(_("apprise.sms: the URL lacks {address}, the placeholder for the number"))
    return made


def check_keywords(kind: MessageKind, template: WeChatTemplate, place: str = "") -> None:
    """Check the texts of a template's keywords.

    Raises:
        BadWording: If one is unusable, named by `place` and the keyword.
    """
    for keyword, text in template.data.items():
        check_template(kind, text, f"{place}{keyword}")
