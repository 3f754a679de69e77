"""The words by which a patron agrees at a kiosk: the glass shows them and the hub notes them, both from here."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConsentWording:
    """A consent's words in both languages. Other words are another version: what somebody agreed to is kept."""

    version: str
    chinese: str
    english: str


TELL_ME = ConsentWording(
    "kiosk-2026-1",
    "您同意图书馆保存以上检索词，有新书符合时通知您。您随时可以停止。",
    "You agree that the library keeps these words and writes to you when something answers them. You can stop it at "
    "any time.",
)
"""Above the button by which she asks to be told when what she looked for in vain comes."""

TELL_BACK = ConsentWording(
    "kiosk-back-2026-1",
    "您同意图书馆记下这本书，有一册回到书架时通知您一次，但不为您留书。您可以在手机上停止；满六个月自动删除。",
    "You agree that the library notes this title and writes to you once, when a copy is back on the shelf. None is "
    "kept for you. You can end it on your phone; after six months it is over.",
)
"""Above the button by which she asks to be told when a title of which every copy is away is there again."""
