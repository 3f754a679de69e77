"""Read the language of the current request or message, of the two that the library's own texts are written in."""

from django.utils.translation import get_language


def is_english() -> bool:
    """Return whether the library's texts are shown in English: to all readers but those of Chinese."""
    return not (get_language() or "zh").startswith("zh")


def zh_or_en() -> str:
    """Return the current language as facts and settings name it: `zh` or `en`."""
    return "en" if is_english() else "zh"
