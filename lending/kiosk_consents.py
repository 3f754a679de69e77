"""Consent wording shown at the kiosk and recorded by the hub."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConsentWording:
    """A consent text in both languages. Changed text needs a new version: the hub stores what a patron agreed to."""

    version: str
    chinese: str
    english: str


TELL_ME = ConsentWording(
    "kiosk-2026-1",
    "您同意图书馆保存以上检索词，有新书符合时通知您。您随时可以停止。",
    "You agree that the library keeps these words and writes to you when something answers them. You can stop it at "
    "any time.",
)
"""Shown above the button that creates an alert for a search without results."""

TELL_BACK = ConsentWording(
    "kiosk-back-2026-1",
    "您同意图书馆记下这本书，有一册回到书架时通知您一次，但不为您留书。您可以在手机上停止；满六个月自动删除。",
    "You agree that the library notes this title and writes to you once, when a copy is back on the shelf. None is "
    "kept for you. You can end it on your phone; after six months it is over.",
)
"""Shown above the button that creates an alert for a title of which no copy is available."""
