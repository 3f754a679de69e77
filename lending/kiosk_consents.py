"""Consent wording shown at the kiosk and recorded by the hub."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConsentWording:
    """A consent text in both languages. Changed text needs a new version: the hub stores what a patron agreed to."""

    version: str
    chinese: str
    english: str


TELL_ME = ConsentWording(
    "kiosk-2026-3",
    "您同意图书馆保存以上检索词，并在相符的新书到馆时发消息通知您。您可以随时取消。",
    "You agree that we save these search words and message you when a matching title arrives. You can stop this at any "
    "time.",
)
"""Shown above the button that creates an alert for a search without results."""

TELL_BACK = ConsentWording(
    "kiosk-back-2026-3",
    "您同意图书馆保存这条到架提醒：有一册回到书架时发消息通知您一次，不为您留书。"
    "您可以在手机上取消；6 个月后自动删除。",
    "You agree that we save this title and message you once, when a copy is back. No copy is reserved for you. You can "
    "cancel on your phone. It ends after 6 months.",
)
"""Shown above the button that creates an alert for a title of which no copy is available."""
