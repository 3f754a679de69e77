"""Compare what a step expects with what was seen, and describe each difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from kiosk.visit_player.patron_statements import Statement, words_of
from kiosk.visit_player.script import Step


@dataclass(frozen=True, slots=True)
class Target:
    """An action on the screen, and whether it can be pressed."""

    name: str
    item: str | None
    choice: str | None
    enabled: bool
    uncovered: bool

    @property
    def called(self) -> str:
        item = f" item={self.item}" if self.item else ""
        choice = f" choice={self.choice}" if self.choice else ""
        return f"{self.name}{item}{choice}"


@dataclass(frozen=True, slots=True)
class SeenScreen:
    """What a patron at the kiosk sees, and the counts of its journal."""

    view: str
    signal: str | None
    """Signal on the lights; None while they are dark."""
    texts: tuple[str, ...]
    targets: tuple[Target, ...]
    journal: dict[str, int]
    language: str
    now: str
    words: tuple[Statement, ...] = ()
    """Lines shown as done or saved, newest first."""
    undone: bool = False
    """True if the screen says that something was undone."""
    phrases: tuple[tuple[str, ...], ...] = ()
    """Everything that the voice has said since the kiosk started, oldest first."""

    @classmethod
    def from_look(cls, look: dict[str, Any], signal: str | None) -> Self:
        return cls(
            view=look["view"],
            signal=signal,
            texts=tuple(look["texts"]),
            targets=tuple(Target(**target) for target in look["targets"]),
            journal=look["journal"],
            language=look["language"],
            now=look["now"],
            words=words_of(look["told"]),
            undone=look["undone"],
            phrases=tuple(tuple(each) for each in look.get("said", ())),
        )

    @property
    def pressable(self) -> tuple[Target, ...]:
        return tuple(target for target in self.targets if target.enabled and target.uncovered)

    def holds(self, text: str) -> bool:
        return reads(self.texts, text)

    def describe(self) -> str:
        """Describe the screen and the actions that could have been pressed, as part of a sentence."""
        names = dict.fromkeys(target.called for target in self.pressable)
        pressed = ", ".join(names) or "nothing"
        return f"on the screen was {self.view}: {' / '.join(self.texts)}; what could have been pressed: {pressed}"


FIRST_IDEOGRAPH = "\u2e80"


def reads(lines: Sequence[str], text: str) -> bool:
    """Return True if the lines contain the text, even where it was wrapped."""
    whole = ""
    for line in lines:
        words = " ".join(line.split())
        joint = "" if whole[-1:] >= FIRST_IDEOGRAPH or words[:1] >= FIRST_IDEOGRAPH else " "
        whole += joint + words
    return " ".join(text.split()) in whole


def complaints(step: Step, seen: SeenScreen, receipt: Sequence[str] | None, heard: Sequence[str] = ()) -> list[str]:
    """Return what the step expects but did not find.

    `receipt` is the newest one since the last verb (None: none was printed). `heard` is what the voice has said since
    then.
    """
    wrong = []
    if step.expect is not None and step.expect != seen.view:
        wrong.append(f"expected {step.expect} and saw {seen.view}")
    wrong += [f"the screen lacks {text!r}" for text in step.contains if not seen.holds(text)]
    wrong += [f"the screen holds {text!r}" for text in step.lacks if seen.holds(text)]
    if missed := [text for text in step.hears if not reads(heard, text)]:
        said = " / ".join(heard) or "nothing"
        wrong += [f"the voice does not say {text!r}: it said {said}" for text in missed]
    if step.signal is not None and step.signal != seen.signal:
        wrong.append(f"expected the lights to say {step.signal} and they say {seen.signal or 'nothing: they are dark'}")
    if step.receipt_contains and receipt is None:
        wrong.append("no receipt was printed")
    elif receipt is not None:
        wrong += [f"the receipt lacks {text!r}" for text in step.receipt_contains if not reads(receipt, text)]
    return wrong
