"""A questionnaire as offered to one patron: the form, anonymity, and the answers so far."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from lending.questionnaires import form as forms
from lending.questionnaires.form import Form, OneOf, Rating, SomeOf, Words, YesNo
from lending.questionnaires.visible import NotUnderstood, Value, is_blank

NOTHING: Mapping[str, Value] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class OfferedQuestionnaire:
    """A questionnaire, its anonymity, and the answers given so far."""

    about: str
    """Short name and version by which the hub knows it; sent back with the answers."""
    form: Form
    anonymous: bool = True
    so_far: Mapping[str, Value] = field(default_factory=lambda: NOTHING)


def parse_offered(about: str, form: str, *, anonymous: bool, so_far: str = "") -> OfferedQuestionnaire | None:
    """Parse the JSON texts; None if this kiosk version cannot ask every question."""
    try:
        read = forms.read(json.loads(form))
        said = json.loads(so_far) if so_far else {}
        kept = {each.name: said[each.name] for each in read.questions if fits(each, said.get(each.name))}
    except (ValueError, KeyError, TypeError, AttributeError, NotUnderstood):
        return None
    return OfferedQuestionnaire(about, read, anonymous, kept) if read.questions else None


def fits(question: forms.Question, value: object) -> bool:
    """Return whether a value is a valid answer to the question."""
    match question:
        case Rating():
            return isinstance(value, int) and not isinstance(value, bool) and value in question.scale
        case YesNo():
            return isinstance(value, bool)
        case OneOf(choices=choices):
            return value in [each.value for each in choices]
        case SomeOf(choices=choices):
            known = {each.value for each in choices}
            return isinstance(value, list) and bool(value) and all(each in known for each in value)
        case Words(most=most):
            return isinstance(value, str) and not is_blank(value) and len(value) <= most


def sheet(form: Form, values: Mapping[str, Value]) -> str:
    """Return the answers to all visible questions as JSON text."""
    asked = {each.name for each in form.visible_questions(values)}
    kept = {name: value for name, value in values.items() if name in asked and not is_blank(value)}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
