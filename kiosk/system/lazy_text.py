"""A sentence of the program's that is said later, in the language of whoever reads it; knows no language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LazyText:
    """`text` is the msgid; a fact may be a sentence itself. As a string it is English."""

    text: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.said(lambda text, **facts: text.format(**facts) if facts else text)

    def said(self, say: Callable[..., str]) -> str:
        """`say` is that of a language: kiosk.words."""
        return say(self.text, **{name: said(fact, say) for name, fact in self.facts.items()})


def sentence(text: str, **facts: object) -> LazyText:
    """`scripts/words` reads the text of each call into the catalogues."""
    return LazyText(text, facts)


def lines(each: Iterable[object]) -> LazyText:
    """One below the other."""
    facts = {f"line{number}": one for number, one in enumerate(each)}
    return LazyText("\n".join(f"{{{name}}}" for name in facts), facts)


def said(fact: object, say: Callable[..., str]) -> object:
    """A fact in that language, where it is a sentence; an exception by what it tells."""
    match fact:
        case LazyText():
            return fact.said(say)
        case BaseException(args=(LazyText() as told, *_)):
            return told.said(say)
        case _:
            return fact
