"""Names the ways by which a patron can be told something; knows no address."""

from __future__ import annotations

from kiosk.words.speech import Speech


def channel(speech: Speech, name: str) -> str:
    return {
        "mail": speech.say("E-mail"),
        "sms": speech.say("Text message"),
        "wechat": speech.say("WeChat"),
        "wecom": speech.say("WeCom"),
        "apprise": speech.say("Another service"),
        "screen": speech.say("On this screen"),
        "paper": speech.say("On the next receipt"),
    }.get(name, name)
