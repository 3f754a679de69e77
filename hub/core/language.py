"""Read and list the languages of the pages, and those in which the library writes to its patrons."""

import gettext
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from django.utils.translation import get_language, override, to_locale, trans_real
from django.utils.translation import gettext as _

from lending.languages import SOURCES, Language, languages

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


def page_language() -> str:
    """Return the current language without its script: `zh`, `en` or `mn`."""
    return (get_language() or "zh").partition("-")[0]


def page_code(language: str) -> str:
    """Return Django's code for a language of `lending/languages`."""
    return str(settings.CHINESE.get(language, language))


def possible_text_languages() -> dict[str, Language]:
    """Return the languages in which the library can write: those of the pages, except one read like another."""
    shown = {code for code, _name in settings.LANGUAGES}
    return {code: each for code, each in languages().items() if not each.kin and page_code(code) in shown}


def keep_text_languages(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: read the languages of the library's texts once per request, because a page shows many texts."""

    def middleware(request: HttpRequest) -> HttpResponse:
        kept = _kept_in_request()
        kept.text_languages, kept.is_open = None, True
        try:
            return answer(request)
        finally:
            kept.text_languages, kept.is_open = None, False

    return middleware


def text_languages() -> tuple[str, ...]:
    """Return the languages of the library's texts for patrons, in the library's order."""
    kept = _kept_in_request()
    known: tuple[str, ...] | None = getattr(kept, "text_languages", None)
    if known is None:
        chosen = import_string(settings.TEXT_LANGUAGES)()
        known = tuple(each for each in chosen if each in possible_text_languages()) or (SOURCES,)
        if getattr(kept, "is_open", False):
            kept.text_languages = known
    return known


def _kept_in_request() -> threading.local:
    """Return what the core app keeps for this thread's request."""
    return apps.get_app_config("core").request


def local_language() -> str:
    """Return the first language of the library that is not English, or English if it writes in no other."""
    return next((each for each in text_languages() if each != SOURCES), SOURCES)


def text_language(wanted: str) -> str:
    """Return the language in which the library writes to a reader of `wanted`: its first if it does not write in it."""
    known = text_languages()
    short = wanted.partition("-")[0].partition("_")[0].lower()
    return short if short in known else known[0]


def page_text_language() -> str:
    """Return the language in which the library writes to the reader of this page."""
    return text_language(page_language())


def in_text_languages(say: Callable[[], object]) -> dict[str, str]:
    """Return a translated text by language of the library, for a reader whose language is not known here."""
    return {language: str(say()) for language in in_each_text_language()}


def in_each_text_language() -> Iterator[str]:
    """Yield each language of the library while texts are translated into it."""
    for language in text_languages():
        with override(page_code(language)):
            yield language


def language_names(codes: Iterable[str]) -> list[tuple[str, str]]:
    """Return each language with its own name, for a choice."""
    return [(code, languages()[code].name) for code in codes]


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
