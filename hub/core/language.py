"""Read the language of the current request or message, of the two that the hub is written in."""

from django.utils.translation import get_language


def is_english() -> bool:
    """Return whether the current language is English; otherwise the Chinese texts are used."""
    return (get_language() or "").startswith("en")


def zh_or_en() -> str:
    """Return the current language as facts and settings name it: `zh` or `en`."""
    return "en" if is_english() else "zh"
