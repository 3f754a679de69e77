"""Validate a questionnaire, and report each fault by element with its remedy."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from lending import questionnaires

MOST_QUESTIONS = 5
ORDERS = ("<", "<=", ">", ">=")
ODD = re.compile("[\x00\ud800-\udfff]")
"""NUL and lone surrogates, which databases cannot store."""
RESERVED = ("length", "locale", "pagecount", "pageno", "self")
"""Names that SurveyJS uses itself, so that a condition never reads the question."""
FILLED_IN = re.compile(r"\{[^{}]+\}")
"""Placeholder in texts that SurveyJS replaces with an answer."""
NUMBER = re.compile(
    r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?|0x[\da-f]+|0o[0-7]+|0b[01]*|\d+(,\d+)+|[+-]?infinity|nan", re.IGNORECASE
)
PLAIN_NUMBER = re.compile(r"0|-?[1-9]\d{0,14}")
"""The only notation of a number that SurveyJS does not rewrite."""
SIGNS_OF = {
    "rating": ("=", "<>", *ORDERS, *questionnaires.ALONE),
    "radiogroup": ("=", "<>", *questionnaires.ALONE),
    "checkbox": ("contains", "notcontains", *questionnaires.ALONE),
    "comment": questionnaires.ALONE,
    "boolean": ("=", "<>", *questionnaires.ALONE),
}


@dataclass(frozen=True, slots=True)
class SchemaFault:
    """A fault; `place` is the element or the place in the file, `words` the fault with its remedy."""

    place: str
    words: str
    excerpt: str = ""
    """The surrounding text, with a mark at the fault."""

    def __str__(self) -> str:
        return f"{self.place}: {self.words}"


def schema() -> dict[str, Any]:
    """Return the JSON Schema that is shipped and documented."""
    return json.loads(files(__package__).joinpath("questionnaire.schema.json").read_text("utf-8"))


def parse_json(source: str) -> "dict[str, Any] | SchemaFault":
    """Parse the JSON of a text, or return the fault with its place."""
    try:
        found = json.loads(source)
    except json.JSONDecodeError as error:
        place = _("line {line}, character {sign}").format(line=error.lineno, sign=error.colno)
        words = _("Not valid JSON: {why}. Check the comma, quote or bracket there.").format(why=error.msg)
        return SchemaFault(place, words, _mark(source, error.pos))
    except ValueError:
        return SchemaFault(_("file"), _("A number has too many digits. Use a shorter one."))
    except RecursionError:
        return SchemaFault(_("file"), _("Nested too deeply. A questionnaire has only pages, elements and choices."))
    if not isinstance(found, dict):
        return SchemaFault(_("file"), _("A questionnaire must be a JSON object that starts with a brace."))
    if odd := next((odd for text in _texts(found) if (odd := ODD.search(text))), None):
        sign = f"\\u{ord(odd.group()):04x}"
        return SchemaFault(_("file"), _("The character {sign} cannot be stored. Remove it.").format(sign=sign))
    return found


def _texts(found: object) -> Iterator[str]:
    """Yield every string in it, names included."""
    match found:
        case str():
            yield found
        case list():
            for each in found:
                yield from _texts(each)
        case dict():
            for name, value in found.items():
                yield from (name, *_texts(value))


def _mark(source: str, at: int) -> str:
    """Return the line up to the fault and a little after it, with a mark between."""
    begin, end = source.rfind("\n", 0, at) + 1, source.find("\n", at)
    line = source[at : len(source) if end < 0 else end]
    return f"{source[max(begin, at - 40) : at].lstrip()} ⟨!⟩ {line[:20]}".strip()


def faults(form: dict[str, Any]) -> list[SchemaFault]:
    """Return every fault; first those of the schema, and without any those of the whole form."""
    errors = sorted(Draft202012Validator(schema()).iter_errors(form), key=lambda each: list(map(str, each.path)))
    found = [SchemaFault(_place(form, each), _remedy(each)) for each in errors]
    return list(dict.fromkeys(found)) or [*_whole(form), *_conditions(form)]


def _place(form: dict[str, Any], error: ValidationError) -> str:
    """Return the element's name, else its number; outside of elements the path."""
    here: Any = form
    name, path = "", []
    for step in error.absolute_path:
        here = here[step]
        path.append(str(step + 1) if isinstance(step, int) else str(step))
        if isinstance(here, dict) and "type" in here:
            name = str(here.get("name") or "")
    return name or " ".join(path) or _("questionnaire")


def _remedy(error: ValidationError) -> str:
    value: Any
    wanted: Any
    around: Any
    key, value = (str(error.path[-1]) if error.path else ""), error.instance
    wanted, around = error.validator_value, error.schema
    match error.validator:
        case "required":
            missing = [each for each in wanted if each not in value]
            return _("“{key}” is missing. Add it.").format(key=missing[0])
        case "additionalProperties":
            known = sorted(around["properties"])
            odd = sorted(set(value) - set(known))
            return _("“{key}” is not supported here. Remove it. Supported: {known}.").format(
                key=", ".join(odd), known=", ".join(known)
            )
        case "enum":
            return _("“{key}” is “{value}”. Use one of {known}.").format(
                key=key, value=_short(value), known=", ".join(map(str, wanted))
            )
        case "oneOf":
            return _("Use either “elements” or “pages”.")
        case "pattern" if key == "name":
            return _(
                "The name “{value}” must start with a letter and contain only lower-case letters, digits and _."
            ).format(value=_short(value))
        case "anyOf":
            words = _("“{key}” must be text of 1 to 200 characters, or an object with “default” and languages.")
            return words.format(key=key)
        case _:
            return _("“{key}” is not valid: {why}.").format(key=key, why=error.message[:200])


def _short(value: object) -> str:
    return str(value)[:60]


def _whole(form: dict[str, Any]) -> Iterator[SchemaFault]:
    elements = questionnaires.elements_of(form)
    if len(elements) > MOST_QUESTIONS:
        words = _("It has {count} questions; the maximum is {most}. Remove some, or create a second questionnaire.")
        yield SchemaFault(_("questionnaire"), words.format(count=len(elements), most=MOST_QUESTIONS))
    seen: set[str] = set()
    for element in elements:
        name = element["name"]
        if name in seen:
            yield SchemaFault(name, _("The name is used twice. Give each question its own name."))
        seen.add(name)
        if name in RESERVED:
            words = _("SurveyJS reserves the name “{name}”. Give the question another name.")
            yield SchemaFault(name, words.format(name=name))
        yield from _template_faults(name, {key: value for key, value in element.items() if key != "visibleIf"})
        least, most = questionnaires.limits(element)
        if element["type"] == "rating" and least >= most:
            yield SchemaFault(name, _("“rateMin” must be less than “rateMax”."))
        if element.get("rateType") == "smileys" and (least, most) != (1, 5):
            yield SchemaFault(name, _("There are 5 faces. Remove “rateMin” and “rateMax”, or set them to 1 and 5."))
        yield from _values(
            name, [each.value for each in questionnaires.choices_of(element)] if "choices" in element else []
        )
    yield from _template_faults(_("questionnaire"), {key: form[key] for key in ("title", "description") if key in form})


def _values(name: str, values: list[str]) -> Iterator[SchemaFault]:
    """Reject values that SurveyJS confuses: it ignores blanks and capitals, and reads numbers."""
    if len({each.lower() for each in values}) < len(values):
        yield SchemaFault(
            name, _("A choice is used twice. Give each its own value; upper and lower case count as the same.")
        )
    for value in values:
        if value != value.strip():
            yield SchemaFault(
                name, _("The value “{value}” has spaces around it. Remove them.").format(value=_short(value))
            )
        elif NUMBER.fullmatch(value) and not PLAIN_NUMBER.fullmatch(value):
            words = _("SurveyJS reads the value “{value}” as a number. Use a whole number, or add a letter.")
            yield SchemaFault(name, words.format(value=_short(value)))


def _template_faults(where: str, found: object) -> Iterator[SchemaFault]:
    for text in _texts(found):
        if braced := FILLED_IN.search(text):
            words = _("SurveyJS would replace “{text}” with an answer. Remove the braces.")
            yield SchemaFault(where, words.format(text=_short(braced.group())))


def _conditions(form: dict[str, Any]) -> Iterator[SchemaFault]:
    before: dict[str, dict[str, Any]] = {}
    for element in questionnaires.elements_of(form):
        if expression := element.get("visibleIf", "").strip():
            try:
                condition = questionnaires.read_condition(expression)
            except questionnaires.NotUnderstood as error:
                words = _("“visibleIf” is not valid at “{at}”. Example: {{name}} < 3 and {{other}} = 'yes'.")
                yield SchemaFault(element["name"], words.format(at=error.at))
            else:
                for compare in questionnaires.comparisons(condition):
                    if what := comparison_fault(compare, before):
                        yield SchemaFault(element["name"], what)
        before.setdefault(element["name"], element)


def comparison_fault(compare: questionnaires.Compare, before: dict[str, dict[str, Any]]) -> str:
    """Return the fault of one comparison, or an empty text."""
    asked = before.get(compare.name)
    if asked is None:
        earlier = ", ".join(before) or _("none")
        words = _("“visibleIf” refers to {name}, which is not an earlier question. Earlier questions: {earlier}.")
        return words.format(name=f"{{{compare.name}}}", earlier=earlier)
    signs = SIGNS_OF[asked["type"]]
    if compare.sign not in signs:
        words = _("“visibleIf” compares {name} with “{sign}”. Allowed for {type}: {signs}.")
        return words.format(name=f"{{{compare.name}}}", sign=compare.sign, type=asked["type"], signs=", ".join(signs))
    if compare.literal is not None and not _fits(compare.literal, asked):
        words = _("“visibleIf” compares {name} with {value}, which is not one of its values. Allowed: {known}.")
        return words.format(name=f"{{{compare.name}}}", value=repr(compare.literal), known=_permitted_values(asked))
    return ""


def _fits(literal: questionnaires.Literal, asked: dict[str, Any]) -> bool:
    match asked["type"]:
        case "rating":
            least, most = questionnaires.limits(asked)
            return isinstance(literal, int) and not isinstance(literal, bool) and least <= literal <= most
        case "boolean":
            return isinstance(literal, bool)
        case _:
            return literal in [each.value for each in questionnaires.choices_of(asked)]


def _permitted_values(asked: dict[str, Any]) -> str:
    match asked["type"]:
        case "rating":
            least, most = questionnaires.limits(asked)
            return f"{least} … {most}"
        case "boolean":
            return "true, false"
        case _:
            return ", ".join(repr(each.value) for each in questionnaires.choices_of(asked))
