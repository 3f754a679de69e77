"""Describe display preferences: the language and every setting that differs from the default."""

from __future__ import annotations

from kiosk.views import Status, preferences_of
from kiosk.words.localizer import Localizer
from lending.languages import languages


def look(speech: Localizer, status: Status) -> str:
    """Return, for example, `English, larger text, titles hidden`."""
    say = speech.say
    names = {
        "large_text": say("larger text"),
        "contrast": say("high contrast"),
        "lower": say("lower buttons"),
        "still": say("reduced motion"),
        "voice": say("read aloud"),
        "hide_titles": say("titles hidden"),
        "upright": say("vertical script"),
    }
    name, on = languages()[status.language].names_beside(status.languages)[0], preferences_of(status).on
    return say(", ").join((name, *(words for name, words in names.items() if name in on)))
