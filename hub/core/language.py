"""Read and list the languages of the pages, of which the library's own texts have two: Chinese and English."""

import gettext
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import get_language, override, to_locale, trans_real
from django.utils.translation import gettext as _

CATALOGUES = Path(__file__).resolve().parent / "locale"


@dataclass(frozen=True, slots=True)
class PageLanguage:
    """A language that readers of the pages can choose."""

    code: str
    name: str
    is_draft: bool
    is_current: bool

    @property
    def marked_name(self) -> str:
        """The language's own name; a draft says in that language that it is one."""
        if not self.is_draft:
            return self.name
        with override(self.code):
            return _("{language} (draft)").format(language=self.name)


def is_english() -> bool:
    """Return whether the library's texts are shown in English: to all readers but those of Chinese."""
    return not (get_language() or "zh").startswith("zh")


def zh_or_en() -> str:
    """Return the current language as facts and settings name it: `zh` or `en`."""
    return "en" if is_english() else "zh"


def page_language() -> str:
    """Return the current language without its script: `zh`, `en` or `mn`."""
    return (get_language() or "zh").partition("-")[0]


def page_languages() -> tuple[PageLanguage, ...]:
    """Return all languages of the pages in display order."""
    return tuple(PageLanguage(code, name, is_draft(code), code == get_language()) for code, name in settings.LANGUAGES)


@cache
def is_draft(code: str) -> bool:
    """Return whether no native reader has approved the language: its catalogue here is of a team marked `(draft)`."""
    found = gettext.translation("django", CATALOGUES, [to_locale(code)], fallback=True)
    return "(draft)" in found.info().get("language-team", "")


def fall_back_to_english() -> None:
    """Show what a language has not translated in English. Django would take it from LANGUAGE_CODE, in Chinese."""
    for code, _name in settings.LANGUAGES:
        if not code.startswith(("zh", "en")):
            trans_real.translation(code)._fallback = None
