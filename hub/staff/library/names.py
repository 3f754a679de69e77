"""Enter the two names of a branch, item type or patron category, and the code by which import files name it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

LONGEST_CODE = 32


def name_fields(form: forms.ModelForm) -> None:
    """Describe the fields `name` and `name_en` of a form."""
    name, english = form.fields["name"], form.fields["name_en"]
    name.label, name.widget.attrs["lang"] = _("Name in Chinese"), "zh-Hans"
    name.error_messages["required"] = _("Enter a name.")
    english.label, english.widget.attrs["lang"] = _("Name in English"), "en"
    english.help_text = _("If empty, English pages show the Chinese name.")


class NamesForm(forms.ModelForm):
    """Names in both languages; the code only for a new row, because kiosks and import files refer to it."""

    code = forms.SlugField(
        label=gettext_lazy("Code for import files"),
        max_length=LONGEST_CODE,
        required=False,
        help_text=gettext_lazy(
            "Letters, digits and -. If empty, made from the English name. It cannot be changed later."
        ),
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
                self.add_error("code", _("Enter a code, because there is no English name to make it from."))
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
