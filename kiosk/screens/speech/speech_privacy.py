"""Withhold private content from the loudspeaker until the patron asks for it.

Private are messages to the patron and the pages of their record: others cannot read the screen from a distance, but
everyone in the room hears a voice. Actions are named in any case.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kiosk.screens.speech.screen_reader_text import SpokenScreen
from kiosk.views import Details, Farewell, RecordPage, View
from kiosk.words import Words

PRIVATE_PAGES = (
    RecordPage.CONTACTS,
    RecordPage.WAYS,
    RecordPage.CONSENTS,
    RecordPage.WHY,
    RecordPage.INTERESTS,
    RecordPage.LETTERS,
    RecordPage.HAD,
    RecordPage.FRIEND,
)


def private_key(view: View) -> str:
    """Return a key of the private content on the screen; "" if there is none."""
    ground: Any = view
    while hasattr(ground, "under"):
        ground = ground.under
    match ground:
        case Details(room=room, mine=mine) if mine is not None and room in PRIVATE_PAGES:
            return f"details {room}"
        case Farewell(ask=ask, answered="") if ask is not None and ask.kind == "message" and "words" in ask.facts:
            return "message"
        case _:
            return ""


def without_words(view: View, words: Words) -> View:
    """Return the farewell without the message: that a librarian replied, and how to hear it."""
    if isinstance(view, Farewell) and view.ask is not None and private_key(view):
        return replace(view, ask=replace(view.ask, facts={**view.ask.facts, "words": privacy_hint(words)}))
    return view


def without_record(view: View, spoken: SpokenScreen, words: Words) -> SpokenScreen:
    """Replace the content of the patron's record by the hint how to hear it."""
    return replace(spoken, sentences=(privacy_hint(words),)) if isinstance(view, Details) else spoken


def privacy_hint(words: Words) -> str:
    """Return the hint how to hear private content."""
    return words.say("This is private and not read aloud automatically. To hear it, choose Display, then Repeat.")
