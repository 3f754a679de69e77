"""Read the screen aloud: a new screen completely, then only changes, and each focused action."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kiosk.hardware.voice import Voice
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.speech.screen_reader_text import SpokenScreen, spoken_text
from kiosk.screens.speech.speech_privacy import private_key, without_record, without_words
from kiosk.views import Focus, Identify, OutOfOrder, SignIn, Status, View, Welcome
from kiosk.words import Words
from lending.languages import kin

BAR = frozenset({"help", "large_text", "display", "languages"})
"""Actions of the status bar, which are not listed for each screen."""
MANY = 6
"""Maximum number of actions that are listed; more are found with the keys only."""


class Reader:
    """Speaks what the presenter shows. Names, numbers and PINs are not spoken."""

    def __init__(self, words: Callable[[str], Words], glyphs: Glyphs, voice: Voice, *, headphones: bool) -> None:
        """Create a silent reader.

        `headphones`: no one else can hear; private content is read aloud and keys of a PIN are named.
        """
        self._words = words
        self._glyphs = glyphs
        self._voice = voice
        self._headphones = headphones
        self._before: tuple[View, Status, SpokenScreen] | None = None
        self._asked = ""
        """Private content that the patron asked to hear while it is on the screen."""

    def show(self, view: View, status: Status) -> None:
        """Speak what is new since the last view; silent if the voice is off."""
        if isinstance(view, Welcome | OutOfOrder) or not status.voice:
            self._glyphs.forget()
        if not status.voice or status.mute:
            if self._before is not None:
                self._voice.hush()
            self._before, self._asked = None, ""
            return
        language = kin(status.language)
        words = self._words(language)
        spoken_now = self._speakable(view, status, words)
        if phrases := tuple(self._phrases(view, status, spoken_now, words)):
            self._voice.say(language, phrases)
        self._before = (view, status, spoken_now)

    def _speakable(self, view: View, status: Status, words: Words) -> SpokenScreen:
        """Return what to speak.

        Without headphones, private content is included only after the patron asked for it on the same screen. A panel
        covers it, and afterwards it is read only if the patron asks again.
        """
        private = "" if status.panel else private_key(view)
        if self._before is not None and private and private == private_key(self._before[0]):
            self._asked = private if status.again != self._before[1].again else self._asked
        else:
            self._asked = ""
        if self._headphones or not private or self._asked == private:
            return spoken_text(view, status, words, self._glyphs)
        return without_record(view, spoken_text(without_words(view, words), status, words, self._glyphs), words)

    def _phrases(self, view: View, status: Status, now: SpokenScreen, words: Words) -> Iterator[str]:
        if self._before is None:
            yield from self._welcome(status, words)
        if self._before is None or _starts_over(view, status, *self._before):
            yield from now.sentences
            yield from self._choices(view, status, now, words)
            return
        _, was, said = self._before
        yield from (each for each in now.sentences if each not in said.sentences)
        if now.typed != said.typed:
            yield words.say_n("{n} character entered", "{n} characters entered", now.typed)
        elif status.focus is not None and status.focus != was.focus:
            yield self._label(view, status.focus, now, words)

    def _welcome(self, status: Status, words: Words) -> Iterator[str]:
        yield words.say("The voice is on.")
        if self._headphones:
            yield words.say("You can plug in headphones next to the keys.")
        if status.focus is not None:
            yield words.say("The four keys: previous, next, select, back.")

    def _choices(self, view: View, status: Status, now: SpokenScreen, words: Words) -> Iterator[str]:
        """Yield the focused action, or the touchable actions if the keys are not used."""
        if status.focus is not None:
            yield words.say("Selected: {action}", action=self._label(view, status.focus, now, words))
            return
        own = [label for focus, label in now.labels.items() if label and _is_of_view(focus)]
        if own and len(own) <= MANY:
            yield words.say("You can touch: {actions}", actions=words.say(", ").join(own))

    def _label(self, view: View, focus: Focus, now: SpokenScreen, words: Words) -> str:
        if focus.name == "key" and _secret(view) and not self._headphones:
            return words.say("A character key, not read aloud for privacy")
        return now.labels.get(focus) or words.say("Button without a label")


def _secret(view: View) -> bool:
    """Return True if input on this view is private; an item number is not."""
    return isinstance(view, Identify | SignIn)


def _is_of_view(focus: Focus) -> bool:
    return focus.name not in BAR and focus.name not in ("key", "turn") and not focus.name.startswith("language_")


def _starts_over(view: View, status: Status, before: View, was: Status, _: SpokenScreen) -> bool:
    """Return True for another screen or panel, another language, or a request to repeat."""
    if (status.language, status.again, status.panel) != (was.language, was.again, was.panel):
        return True
    if type(view) is not type(before):
        return True
    return isinstance(view, Identify) and isinstance(before, Identify) and view.pin != before.pin
