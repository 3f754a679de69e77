"""What is not read out before others until she asks for it: what somebody wrote to her, and what her record tells.

Nobody sees over her shoulder what a voice says to the whole room. What can be touched is named all the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kiosk.screens.screen_reader_text import Spoken
from kiosk.views import Details, Farewell, Room, View
from kiosk.words import Words

HERS = (
    Room.CONTACTS,
    Room.WAYS,
    Room.CONSENTS,
    Room.WHY,
    Room.INTERESTS,
    Room.LETTERS,
    Room.HAD,
    Room.FRIEND,
)


def kept_back(view: View) -> str:
    """What of hers is on the screen, by a name of its own; empty where nothing is."""
    ground: Any = view
    while hasattr(ground, "under"):
        ground = ground.under
    match ground:
        case Details(room=room, mine=mine) if mine is not None and room in HERS:
            return f"details {room}"
        case Farewell(ask=ask, answered="") if ask is not None and ask.kind == "message" and "words" in ask.facts:
            return "message"
        case _:
            return ""


def without_words(view: View, words: Words) -> View:
    """The farewell as it is read out to everybody: that a librarian has answered, and how to hear it."""
    if isinstance(view, Farewell) and view.ask is not None and kept_back(view):
        return replace(view, ask=replace(view.ask, facts={**view.ask.facts, "words": how(words)}))
    return view


def without_record(view: View, told: Spoken, words: Words) -> Spoken:
    return replace(told, sentences=(how(words),)) if isinstance(view, Details) else told


def how(words: Words) -> str:
    return words.say("This is yours alone and is not read out by itself. Choose Say it again to hear it.")
