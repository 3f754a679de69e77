"""Store a text of the library in each of its languages, and enter it in a form with one input per language.

`Texts` is the value, `TextsField` the column of a model, `TextsFormField` the field of a form. A reader gets the text
in their language, else in the first language of the library that has one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.query_utils import DeferredAttribute
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from hub.core.language import page_code, page_language, text_languages
from lending.languages import languages, text_for


def width(text: str) -> int:
    """Return the width of a text in columns, of which a Chinese character takes two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


class Texts(dict[str, str]):
    """A text by the code of its language, without empty ones; as a string it is the one for the reader of the page."""

    def __init__(self, texts: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        super().__init__({language: text for language, text in dict(texts).items() if text})

    def __str__(self) -> str:
        return self.in_language(page_language())

    def in_language(self, language: str) -> str:
        """Return the text for readers of a language; empty if there is none in any."""
        return self.get(language) or text_for(self.in_order(), language)

    def in_order(self) -> dict[str, str]:
        """Return the texts in the library's order, which JSON of PostgreSQL does not keep, then those it left off."""
        order = dict.fromkeys((*text_languages(), *sorted(self)))
        return {language: self[language] for language in order if language in self}

    def cut(self, columns: int) -> Texts:
        """Return the texts with at most so many columns each."""
        return Texts({language: _cut(text, columns) for language, text in self.items()})


def _cut(text: str, columns: int) -> str:
    while width(text) > columns:
        text = text[: -max((width(text) - columns) // 2, 1)]
    return text


class _TextsAttribute(DeferredAttribute):
    """Make `Texts` of any mapping that is assigned."""

    def __set__(self, instance: Any, value: Mapping[str, str] | None) -> None:
        instance.__dict__[self.field.attname] = Texts(value or {})


class TextsField(models.JSONField):
    """A text in the library's languages, of at most `max_length` columns each.

    A form requires it in the library's first language unless it is `blank`; `is_long` gives it areas.
    """

    descriptor_class = _TextsAttribute
    if TYPE_CHECKING:

        def __get__(self, instance: Any, owner: Any) -> Texts: ...
        def __set__(self, instance: Any, value: Mapping[str, str]) -> None: ...

    def __init__(self, *args: Any, max_length: int, is_long: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, max_length=max_length, **{"default": dict, **kwargs})
        self.is_long = is_long

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """Describe the column to migrations, for which it is any other with JSON."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Return `Texts`, but the plain value of a lookup within them."""
        found = super().from_db_value(value, expression, connection)
        return Texts(found) if isinstance(found, dict) else found

    def formfield(self, **kwargs: Any) -> Any:
        """Return the field of a form."""
        form = {"form_class": TextsFormField, "max_length": self.max_length, "is_long": self.is_long}
        return models.Field.formfield(self, **form | kwargs)

    def save_form_data(self, instance: Any, data: Mapping[str, str]) -> None:
        """Store what was entered, and keep the texts in languages that the library has left off."""
        setattr(instance, self.name, with_entered(getattr(instance, self.name), data))


def with_entered(stored: Mapping[str, str], entered: Mapping[str, str]) -> Texts:
    """Return the entered texts with the stored ones in languages for which a form has no input."""
    shown = text_languages()
    return Texts({**{code: text for code, text in stored.items() if code not in shown}, **entered})


@dataclass(frozen=True, slots=True)
class TextInput:
    """The input of a text in one language."""

    name: str
    label: str
    lang: str
    value: str
    required: bool
    errors: list[str]


class TextsBoundField(forms.BoundField):
    """The inputs of a text; `templates/staff/texts.html` draws them."""

    @property
    def inputs(self) -> list[TextInput]:
        """Return one input per language of the library, in its order."""
        value, codes, label = self.value() or {}, text_languages(), capfirst(str(self.label))
        faults: dict[str, list[str]] = {}
        for error in self.errors.as_data():
            at = (error.params or {}).get("language", codes[0])
            faults.setdefault(at, []).extend(map(str, error))
        return [
            TextInput(
                f"{self.html_name}_{code}",
                label if len(codes) == 1 else f"{label} ({languages()[code].name})",
                page_code(code),
                value.get(code, ""),
                self.field.required and code == codes[0],
                faults.get(code, []),
            )
            for code in codes
        ]

    def __str__(self) -> SafeString:
        return SafeString(render_to_string("staff/texts.html", {"field": self}))


class TextsWidget(forms.Widget):
    """Read one input per language of the library: `NAME_zh`, `NAME_en`."""

    def value_from_datadict(self, data: Any, _files: Any, name: str) -> dict[str, str]:
        """Return what was entered by language."""
        return {code: data.get(f"{name}_{code}", "") for code in text_languages()}

    def value_omitted_from_data(self, data: Any, _files: Any, name: str) -> bool:
        """Return whether the form was sent without these inputs."""
        return not any(f"{name}_{code}" in data for code in text_languages())

    def id_for_label(self, _id: str) -> str:
        """Return none: each input has its own label."""
        return ""


class TextsFormField(forms.Field):
    """A text in each language of the library; only the first is required."""

    widget = TextsWidget

    def __init__(self, *, max_length: int, is_long: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_length, self.is_long = max_length, is_long

    def get_bound_field(self, form: Any, field_name: str) -> TextsBoundField:
        """Return the inputs of a form."""
        return TextsBoundField(form, self, field_name)

    def clean(self, value: Mapping[str, str]) -> Texts:
        """Check each language's text.

        Raises:
            ValidationError: A text is too long, or that in the first language is missing.
        """
        cleaned, errors = {}, []
        for code in text_languages():
            required = self.required and code == text_languages()[0]
            part = forms.CharField(required=required, error_messages=self.error_messages, validators=[self._fits])
            try:
                cleaned[code] = part.clean(value.get(code, ""))
            except ValidationError as wrong:
                for error in wrong.error_list:
                    error.params = {**(error.params or {}), "language": code}
                    errors.append(error)
        if errors:
            raise ValidationError(errors)
        return Texts(cleaned)

    def _fits(self, text: str) -> None:
        if (columns := width(text)) > self.max_length:
            words = _("Enter at most {most} characters ({count} entered). A Chinese character counts as two.")
            raise ValidationError(words.format(most=self.max_length, count=columns))

    def has_changed(self, initial: Mapping[str, str] | None, data: Mapping[str, str]) -> bool:
        """Return whether a text was entered, deleted or changed in a language of the form."""
        before, after = initial or {}, data or {}
        return any(before.get(code, "") != after.get(code, "").strip() for code in text_languages())
