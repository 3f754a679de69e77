"""Names the ways by which a patron can be told something, and what else she told of herself; knows no address."""

from __future__ import annotations

from kiosk.words.localizer import Localizer
from lending.post_visit import Message


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


def address(speech: Localizer, message: Message) -> str:
    """Masked, with the channel where the address alone does not tell it."""
    if message.channel in ("mail", "sms"):
        return message.shown
    return f"{channel(speech, message.channel)} {message.shown}"


def fact(speech: Localizer, name: str) -> str:
    """What she told beside her addresses; empty for those."""
    return {
        "birth_year": speech.say("Year of birth"),
        "occupation": speech.say("Occupation"),
        "institution": speech.say("School or place of work"),
        "address": speech.say("Postal address"),
    }.get(name, "")


def field(speech: Localizer, name: str) -> str:
    return fact(speech, name) or channel(speech, name)
