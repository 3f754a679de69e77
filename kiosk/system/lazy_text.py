"""Represent a sentence that is translated later, in the language of its reader."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LazyText:
    """A msgid (`text`) with its values, which may be sentences themselves. As a string it is English."""

    text: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.translate(lambda text, **facts: text.format(**facts) if facts else text)

    def translate(self, say: Callable[..., str]) -> str:
        """Translate with `say`, the function of one language (kiosk.words)."""
        return say(self.text, **{name: translate(fact, say) for name, fact in self.facts.items()})


def sentence(text: str, **facts: object) -> LazyText:
    """Make a sentence; `scripts/words` extracts the text of each call into the catalogues."""
    return LazyText(text, facts)


def lines(each: Iterable[object]) -> LazyText:
    """Join values as lines."""
    facts = {f"line{number}": one for number, one in enumerate(each)}
    return LazyText("\n".join(f"{{{name}}}" for name in facts), facts)


def translate(fact: object, say: Callable[..., str]) -> object:
    """Translate a value if it is a sentence, or an exception that carries one."""
    match fact:
        case LazyText():
            return fact.translate(say)
        case BaseException(args=(LazyText() as text, *_)):
            return text.translate(say)
        case _:
            return fact
