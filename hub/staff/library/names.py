"""Enter the names of a branch, item type or patron category, and the code by which import files name it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from hub.core.language import language_names, local_language, page_code, text_languages
from lending.languages import SOURCES

LONGEST_CODE = 32


def name_fields(form: forms.ModelForm) -> None:
    """Describe the fields `name` and `name_en` of a form; a library that writes only in English has one of them.

    `name` is in the first language of the library that is not English.
    """
    languages = text_languages()
    local = local_language()
    name, english = form.fields["name"], form.fields["name_en"]
    name.label, name.widget.attrs["lang"] = _label(local), page_code(local)
    name.error_messages["required"] = _("Enter a name.")
    english.label, english.widget.attrs["lang"] = _label(SOURCES), SOURCES
    english.help_text = _("If empty, English pages show the other name.")
    if SOURCES not in languages or local == SOURCES:
        name.label = pgettext("library", "Name")
        del form.fields["name_en"]


def _label(language: str) -> str:
    ((_code, name),) = language_names([language])
    return _("Name ({language})").format(language=name)


class NamesForm(forms.ModelForm):
    """Names in the library's language and in English; only a new row has the code, to which kiosks and files refer."""

    code = forms.SlugField(
        label=gettext_lazy("Code for import files"),
        max_length=LONGEST_CODE,
        required=False,
        help_text=gettext_lazy("Letters, digits and -. If empty, made from the name. It cannot be changed later."),
        error_messages={"invalid": gettext_lazy("Use only letters, digits, - and _.")},
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        name_fields(self)
        if self.instance.pk is not None:
            del self.fields["code"]
        for each in self.fields.values():
            if not isinstance(each.widget, forms.CheckboxInput):
                each.widget.attrs["class"] = "field"

    def clean(self) -> dict[str, Any]:
        """Make a missing code, and refuse one that is taken."""
        values: dict[str, Any] = super().clean()
        if "code" in self.fields and not self.errors.get("code"):
            values["code"] = values.get("code") or _made_code(values)
            if not values["code"] and "name" in values:
                self.add_error("code", _("Enter a code, because none can be made from the name."))
            elif values["code"] and self._meta.model.objects.filter(code=values["code"]).exists():
                self.add_error("code", _("The code {code} is taken. Enter another.").format(code=values["code"]))
        return values

    def save(self, commit: bool = True) -> Any:
        """Save the row; a new one with its code."""
        if "code" in self.cleaned_data:
            self.instance.code = self.cleaned_data["code"]
        return super().save(commit)


def _made_code(values: Mapping[str, Any]) -> str:
    return slugify(values.get("name_en") or values.get("name") or "")[:LONGEST_CODE]
