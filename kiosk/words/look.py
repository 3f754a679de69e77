"""How somebody likes the screen, in words: what is not as on the ordinary one; knows no card."""

from __future__ import annotations

from kiosk.views import Status, look_of
from kiosk.words.speech import Speech


def look(speech: Speech, status: Status) -> str:
    """`English, larger text, titles hidden`."""
    say = speech.say
    names = {
        "large_text": say("larger text"),
        "contrast": say("high contrast"),
        "lower": say("everything lower"),
        "still": say("nothing moves"),
        "voice": say("read aloud"),
        "hide_titles": say("titles hidden"),
        "upright": say("from the top down"),
    }
    told, on = {"zh": "中文", "zh_TW": "繁體中文", "en": "English", "mn": "Монгол"}, look_of(status).on
    return say(", ").join((told[status.language], *(words for name, words in names.items() if name in on)))
