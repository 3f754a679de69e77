"""Define the message channels and validate, normalise and mask the addresses of each."""

import re
import unicodedata

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from phonenumbers import PhoneNumberType

from hub.core.models import TextChoices
from hub.core.places import country
from hub.outreach.library_system.central import the_central


class Channel(TextChoices):
    """Channel by which messages reach a patron."""

    MAIL = "mail", gettext_lazy("email")
    SMS = "sms", gettext_lazy("SMS")
    WECHAT = "wechat", gettext_lazy("WeChat")
    WECOM = "wecom", gettext_lazy("WeCom")
    APPRISE = "apprise", gettext_lazy("other service")
    SCREEN = "screen", gettext_lazy("kiosk screen")
    PAPER = "paper", gettext_lazy("next receipt")
    LETTER = "letter", gettext_lazy("letter")
    """By post, printed by staff for a patron whom no other channel reaches."""


IN_HOUSE = frozenset({Channel.SCREEN, Channel.PAPER})
"""Channels that reach a patron inside the library and need no address."""
ADDRESSED = tuple(each for each in Channel if each not in IN_HOUSE and each != Channel.LETTER)
"""Channels with an address of their own, by which the hub sends."""
CHOSEN = tuple(each for each in Channel if each != Channel.LETTER)
"""Channels that a patron can prefer."""
MOBILE = re.compile(r"\+[1-9]\d{6,14}")
CHINESE_MOBILE = re.compile(r"1[3-9]\d{9}")
"""What kiosks accept in every country."""
MOBILE_TYPES = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
"""Some countries do not tell mobile from other numbers."""
OPEN_ID = re.compile(r"[0-9A-Za-z_-]{3,64}")
SERVICE = re.compile(r"[a-z][a-z0-9+.-]*://\S+")


class BadAddress(ValueError):
    """Text that is no valid address of its channel.

    `args[0]` is a translated explanation of the expected form.
    """


def normalise_address(channel: str, text: str) -> str:
    """Return the address in normal form, so that equal addresses are equal texts.

    Raises:
        BadAddress: The text is no address of this channel.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    match channel:
        case Channel.MAIL:
            return _mail(plain)
        case Channel.SMS:
            return _mobile(plain)
        case Channel.WECHAT | Channel.WECOM if OPEN_ID.fullmatch(plain):
            return plain
        case Channel.APPRISE if SERVICE.fullmatch(plain) and len(plain) <= 500:
            return plain
        case Channel.WECHAT | Channel.WECOM:
            raise BadAddress(_("A WeChat or WeCom identifier has 3 to 64 characters: letters, digits, - and _."))
        case Channel.APPRISE:
            raise BadAddress(_("Enter the service address in apprise format, such as ntfy://topic."))
        case _:
            raise BadAddress(_("This channel has no address."))


def _mail(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise BadAddress(_("Not a valid email address. Enter one like name@example.org.")) from None
    if len(text) > 254:
        raise BadAddress(_("An email address has at most 254 characters."))
    name, host = text.rsplit("@", 1)
    return f"{name}@{host.lower()}"


def _mobile(text: str) -> str:
    digits = re.sub(r"[\s().-]", "", text)
    digits = f"+{digits[2:]}" if digits.startswith("00") else digits
    if MOBILE.fullmatch(digits):
        return digits
    if digits.isascii() and digits.isdigit() and (number := _national_mobile(digits)):
        return number
    if CHINESE_MOBILE.fullmatch(digits):
        return f"+86{digits}"
    raise BadAddress(_("Not a valid mobile number. Enter it as dialled here, or start with + and the country code."))


def _national_mobile(digits: str) -> str:
    """Return a number of the library's country with its country code; empty if it is no mobile number there."""
    try:
        number = phonenumbers.parse(digits, country(the_central().time_zone()))
    except phonenumbers.NumberParseException:
        return ""
    if phonenumbers.number_type(number) not in MOBILE_TYPES:
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def mask_address(channel: str, address: str) -> str:
    """Return enough of the address for its owner to recognise it, but not for a bystander."""
    match channel:
        case Channel.MAIL:
            name, host = address.rsplit("@", 1)
            return f"{name[:1]}•••@{host}"
        case Channel.SMS:
            return f"•••{address[-4:]}"
        case Channel.APPRISE:
            return f"{address.split('://', 1)[0]}://•••"
        case _:
            return f"•••{address[-3:]}"
