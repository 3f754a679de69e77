"""The words by which a patron agrees at a kiosk: the glass shows them and the hub notes them, both from here."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agreed:
    """A consent's words in both languages. Other words are another version: what somebody agreed to is kept."""

    version: str
    chinese: str
    english: str


TELL_ME = Agreed(
    "kiosk-2026-1",
    "您同意图书馆保存以上检索词，有新书符合时通知您。您随时可以停止。",
    "You agree that the library keeps these words and writes to you when something answers them. You can stop it at "
    "any time.",
)
"""Above the button by which she asks to be told when what she looked for in vain comes."""
