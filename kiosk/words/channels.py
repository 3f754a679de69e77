"""Name the message channels, and the personal data fields other than addresses."""

from __future__ import annotations

from kiosk.words.localizer import Localizer
from lending.questions import ReceiptChannel


def channel(speech: Localizer, name: str) -> str:
    return {
        "mail": speech.say("E-mail"),
        "sms": speech.say("Text message"),
        "wechat": speech.say("WeChat"),
        "wecom": speech.say("WeCom"),
        "apprise": speech.say("Another service"),
        "screen": speech.say("On this screen"),
        "paper": speech.say("On the next receipt"),
    }.get(name, name)


def address(speech: Localizer, message: ReceiptChannel) -> str:
    """Return the masked address, with the channel unless the address already shows it."""
    if message.channel in ("mail", "sms"):
        return message.shown
    return f"{channel(speech, message.channel)} {message.shown}"


def fact(speech: Localizer, name: str) -> str:
    """Return the name of a personal data field; "" for addresses."""
    return {
        "birth_year": speech.say("Year of birth"),
        "occupation": speech.say("Occupation"),
        "institution": speech.say("School or place of work"),
        "address": speech.say("Postal address"),
    }.get(name, "")


def field(speech: Localizer, name: str) -> str:
    """Return the name of a personal data field or of a message channel."""
    return fact(speech, name) or channel(speech, name)
