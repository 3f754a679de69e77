"""Choose the languages in which the library writes to its patrons, in their order."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext as _

from hub.core.language import language_names, possible_text_languages


class LanguagesWidget(forms.MultiWidget):
    """One list for each place in the order."""

    template_name = "library/languages.html"

    def __init__(self, choices: Sequence[tuple[str, str]]) -> None:
        super().__init__([forms.Select(choices=choices) for _place in choices[1:]])

    def decompress(self, value: Sequence[str] | None) -> list[str]:
        """Return the choice of each place."""
        return list(value or ())

    def get_context(self, name: str, value: object, attrs: dict[str, object] | None) -> dict[str, object]:
        """Name each list by its place, for readers who do not see the others."""
        context: dict[str, object] = super().get_context(name, value, attrs)
        for place, each in enumerate(context["widget"]["subwidgets"], 1):  # type: ignore[index]
            each["attrs"]["aria-label"] = _("Language {place}").format(place=place)
        return context


class LanguagesField(forms.MultiValueField):
    """Codes of `lending/languages` in order, each once; the first is required."""

    def __init__(self, **more: object) -> None:
        choices = [("", "–"), *language_names(possible_text_languages())]
        parts = [forms.ChoiceField(choices=choices, required=False) for _place in choices[1:]]
        super().__init__(parts, require_all_fields=False, widget=LanguagesWidget(choices), **more)

    def compress(self, chosen: list[str]) -> list[str]:
        """Return the chosen languages without gaps and repetitions."""
        return list(dict.fromkeys(filter(None, chosen)))

    def has_changed(self, initial: object, data: object) -> bool:
        """Return whether the languages or their order differ."""
        chosen = data if isinstance(data, list) else []
        return self.compress(chosen) != list(initial or ())  # type: ignore[call-overload]
