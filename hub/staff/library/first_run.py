"""Set up an empty hub: the questions that a library must answer first, then a list of what is left to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from hub.catalogue.models import Branch, Item, ItemType, Title
from hub.circulation.models import ClosedDay, FeeRule, Kiosk, Library, Patron, PatronCategory, Rule
from hub.core import places
from hub.core.pages.page import page, staff_page
from hub.core.retrying_transaction import atomic
from hub.core.rights import may_open
from hub.outreach.messaging.settings import channels_or_none
from hub.staff.library.names import LONGEST_CODE
from hub.staff.library.settings import LibraryForm
from hub.staff.library.text_languages import LanguagesField

BETWEEN = "/"
"""Between a name and its English form on one line."""
MOST_LINES = 20


def _text(label: str, help_text: str = "", **more: object) -> forms.CharField:
    fault = {"required": gettext_lazy("Answer this question.")}
    return forms.CharField(label=label, help_text=help_text, error_messages=fault, max_length=100, **more)


NUMBER_FAULT = gettext_lazy("Enter a whole number that is not too large.")


def _number(label: str, initial: int | None, most: int, **more: object) -> forms.IntegerField:
    faults = dict.fromkeys(("required", "invalid", "min_value", "max_value"), NUMBER_FAULT)
    return forms.IntegerField(label=label, initial=initial, max_value=most, error_messages=faults, **more)


class FirstRunForm(forms.Form):
    """The questions of the first page."""

    name = _text(
        gettext_lazy("What is the library called?"), gettext_lazy("You may add the English name after a slash.")
    )
    timezone = forms.ChoiceField(label=gettext_lazy("Where is it?"))
    currency = _text(
        gettext_lazy("In which currency does it count?"),
        gettext_lazy("Three letters, such as CNY or EUR. If empty, the currency of that place."),
        required=False,
    )
    languages = LanguagesField(
        label=gettext_lazy("In which languages does it write to its patrons?"),
        help_text=gettext_lazy("In order, the main language first. If empty, the languages of that place."),
        required=False,
    )
    branch = _text(
        gettext_lazy("What is the first branch called?"),
        gettext_lazy("A library with one building has one branch. You can add others later."),
    )
    item_types = forms.CharField(
        label=gettext_lazy("What can be borrowed?"),
        help_text=gettext_lazy("One item type per line. You may add the English name after a slash."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
    )
    categories = forms.CharField(
        label=gettext_lazy("Who are its patrons?"),
        help_text=gettext_lazy("One patron category per line."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
    )
    days = _number(gettext_lazy("How many days does a loan last?"), 28, 365, min_value=1)
    limit = _number(gettext_lazy("How many items may a patron have?"), 10, 1000, min_value=1)
    charges = forms.BooleanField(
        label=gettext_lazy("This library charges fees"),
        help_text=gettext_lazy("You can change this, and every other answer, at any time."),
        required=False,
    )
    owed = _number(
        gettext_lazy("How much may a patron owe and still borrow?"),
        None,
        9_999_999,
        help_text=gettext_lazy("In the library's currency. Needed if the library charges fees."),
        min_value=0,
        required=False,
    )

    def __init__(self, data: object = None) -> None:
        super().__init__(data, initial={
            "currency": places.currency(Library().timezone), "timezone": Library().timezone,
            "item_types": _("Book"), "categories": "\n".join((_("Adult"), _("Child"))),
        })  # fmt: skip
        settings = LibraryForm(instance=Library())
        self.fields["timezone"].choices = settings.fields["timezone"].widget.choices
        for each in self.fields.values():
            if not isinstance(each.widget, forms.CheckboxInput):
                each.widget.attrs["class"] = "field"

    def clean_currency(self) -> str:
        """Accept three letters in either case; without them, return the currency of the place."""
        code = str(self.cleaned_data["currency"]).strip().upper()
        code = code or places.currency(self.cleaned_data.get("timezone", ""))
        if not (len(code) == 3 and code.isascii() and code.isalpha()):
            raise forms.ValidationError(_("Enter three letters, such as CNY or EUR."))
        return code

    def clean(self) -> dict[str, object]:
        """Require the limit of fees where there are fees: an amount that suits every currency does not exist."""
        if self.cleaned_data.get("charges") and self.cleaned_data.get("owed") is None and "owed" not in self.errors:
            self.add_error("owed", NUMBER_FAULT)
        return dict(self.cleaned_data)

    @property
    def currencies(self) -> dict[str, str]:
        """Return the currency of each place that can be chosen, to propose it."""
        return {zone: places.currency(zone) for zone, _name in self.fields["timezone"].choices}

    def clean_name(self) -> tuple[str, str]:
        return _pair(self.cleaned_data["name"])

    def clean_item_types(self) -> list[tuple[str, str]]:
        return _lines(self.cleaned_data["item_types"])

    def clean_categories(self) -> list[tuple[str, str]]:
        return _lines(self.cleaned_data["categories"])


def _pair(text: str) -> tuple[str, str]:
    """Return a name and its English form."""
    name, _slash, english = text.partition(BETWEEN)
    return name.strip()[:100], english.strip()[:200]


def _lines(text: str) -> list[tuple[str, str]]:
    """Return a name and its English form for each line. Raises ValidationError."""
    found = []
    for line in filter(str.strip, text.splitlines()):
        found.append(_pair(line))
    names = [name for name, _english in found]
    if not all(names) or not names:
        raise forms.ValidationError(_("Write a name on each line."))
    if len(set(names)) < len(names) or len(names) > MOST_LINES:
        raise forms.ValidationError(_("Write each name once, {most} at most.").format(most=MOST_LINES))
    return found


@require_http_methods(["GET", "POST"])
def first_run(request: HttpRequest) -> HttpResponse:
    """Ask the questions, and create the library from the answers; only while there is none."""
    if not isinstance(request.user, User):
        return redirect_to_login(request.get_full_path(), reverse("staff:sign_in"))
    if not may_open(request.user, "library:first_run"):
        return render(request, "staff/notice.html", {"notice": "role"}, status=403)
    if Library.objects.exists():
        return redirect("library:checklist")
    form = FirstRunForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        _create(form.cleaned_data)
        return redirect("library:checklist")
    return render(request, "library/first_run.html", {"form": form}, status=422 if form.errors else 200)


@atomic
def _create(answers: dict[str, Any]) -> None:
    """Create the library, its first branch, types, categories and the rule for all of them, unless there is one."""
    if Library.objects.exists():
        return
    facts = {each: answers[each] for each in ("timezone", "currency", "charges")}
    title, title_en = answers["name"]
    languages = answers["languages"] or list(places.text_languages(str(facts["timezone"])))
    Library.objects.create(name=title, name_en=title_en, languages=languages, **facts)
    Branch.objects.create(code="main", name=answers["branch"])
    for model, lines in ((ItemType, answers["item_types"]), (PatronCategory, answers["categories"])):
        for code, (name, english) in _with_codes(lines):
            model.objects.create(code=code, name=name, name_en=english)
    owed = {} if answers["owed"] is None else {"fee_threshold": answers["owed"]}
    Rule.objects.create(days=answers["days"], limit=answers["limit"], **owed)


def _with_codes(lines: list[tuple[str, str]]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield each line with a code of its own."""
    taken: set[str] = set()
    for number, (name, english) in enumerate(lines, 1):
        code = slugify(english or name)[:LONGEST_CODE]
        if not code or code in taken:
            code = f"{code[: LONGEST_CODE - 3]}{number}" if code else f"type-{number}"
        taken.add(code)
        yield code, (name, english)


@dataclass(frozen=True, slots=True)
class Step:
    """Something that a library does before it opens; `url` is where."""

    words: str
    about: str
    url: str
    is_done: bool


@staff_page
def checklist(request: HttpRequest) -> HttpResponse:
    """Show what is done and what is left before the library opens."""
    steps = list(_steps())
    done = sum(each.is_done for each in steps)
    return page(request, "library", "library/checklist.html", {"steps": steps, "done": done, "all": len(steps)})


def _steps() -> Iterator[Step]:
    hours = not any(not each.opening_hours for each in Branch.objects.all())
    yield Step(_("Opening hours"), _("of every branch"), reverse("library:branches"), hours)
    closed = ClosedDay.objects.exists()
    yield Step(
        _("Closed days"), _("public holidays, on which nothing falls due"), reverse("library:closed_days"), closed
    )
    ruled = Rule.objects.count() > 1
    words = _("exceptions from the rule that you began with, such as shorter loans")
    yield Step(_("Loan rules"), words, reverse("loan_rules:overview"), ruled)
    if Library.objects.filter(charges=True).exists():
        words = _("what a late return or a hold that is not collected costs")
        yield Step(_("Fee rules"), words, reverse("library:fee_rules"), FeeRule.objects.exists())
    titled = Title.objects.exists()
    yield Step(_("Titles"), _("from a MARC or CSV file"), reverse("uploads:collection"), titled)
    held = Item.objects.exists()
    yield Step(_("Items"), _("with their barcodes"), reverse("uploads:collection"), held)
    yield Step(_("Patrons"), _("from a CSV file"), reverse("uploads:patrons"), Patron.objects.exists())
    staff = User.objects.filter(is_staff=True).count() > 1
    yield Step(_("Colleagues"), _("an account for each, with a role"), reverse("library:staff"), staff)
    mail = channels_or_none().mail is not None
    yield Step(_("Mail account"), _("for reminders and notices"), reverse("library:mail_account"), mail)
    kiosk = Kiosk.objects.exists()
    yield Step(_("First kiosk"), _("connected by a code"), reverse("staff:kiosks"), kiosk)
