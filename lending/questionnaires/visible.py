"""Parse and evaluate `visibleIf` expressions: simple comparisons joined by `and` and `or`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

Literal = str | int | bool
Value = str | int | bool | list[str]

TOKENS = re.compile(
    r"""\s*(?:(?P<name>\{[a-z][a-z0-9_]*\})|(?P<text>'[^']*'|"[^"]*")|(?P<number>-?\d+(?![\w.]))
    |(?P<sign><=|>=|<>|!=|=|<|>|\(|\))|(?P<word>[a-z]+))""",
    re.VERBOSE,
)
SIGNS = ("=", "<>", "<", "<=", ">", ">=", "contains", "notcontains")
ALONE = ("empty", "notempty")


class NotUnderstood(ValueError):
    """The expression is outside the supported subset. `at` is the rest that was not understood."""

    def __init__(self, at: str) -> None:
        super().__init__(at)
        self.at = at


@dataclass(frozen=True, slots=True)
class Compare:
    """`literal` is None for the unary operators: empty, notempty."""

    name: str
    sign: str
    literal: Literal | None = None


@dataclass(frozen=True, slots=True)
class Both:
    """Conjunction of two conditions."""

    left: "Condition"
    right: "Condition"


@dataclass(frozen=True, slots=True)
class Either:
    """Disjunction of two conditions."""

    left: "Condition"
    right: "Condition"


Condition = Compare | Both | Either


def read(expression: str) -> Condition:
    """Parse an expression. Raise NotUnderstood."""
    tokens = _tokens(expression)
    found, rest = _either(tokens)
    if rest:
        raise NotUnderstood(rest[0][1])
    return found


def comparisons(condition: Condition) -> list[Compare]:
    """Return all comparisons in a condition, from left to right."""
    match condition:
        case Compare():
            return [condition]
        case Both(left, right) | Either(left, right):
            return [*comparisons(left), *comparisons(right)]
        case _:
            assert_never(condition)


def holds(condition: Condition, values: Mapping[str, Value]) -> bool:
    """Evaluate a condition; an unanswered question is empty and fails every comparison but `<>` and `notcontains`."""
    match condition:
        case Both(left, right):
            return holds(left, values) and holds(right, values)
        case Either(left, right):
            return holds(left, values) or holds(right, values)
        case Compare(name, sign, literal):
            return _compared(values.get(name), sign, literal)
        case _:
            assert_never(condition)


def is_blank(value: Value | None) -> bool:
    """Return whether a question has no answer. Text of blanks and invisible characters only is no answer."""
    if isinstance(value, str):
        return not any(sign.isprintable() and not sign.isspace() for sign in value)
    return value is None or value == []


def _compared(value: Value | None, sign: str, literal: Literal | None) -> bool:
    blank = is_blank(value)
    match sign:
        case "empty":
            return blank
        case "notempty":
            return not blank
        case "=":
            return not blank and value == literal
        case "<>":
            return blank or value != literal
        case "contains":
            return isinstance(value, list) and literal in value
        case "notcontains":
            return not (isinstance(value, list) and literal in value)
    if not isinstance(value, int) or not isinstance(literal, int):
        return False
    return {"<": value < literal, "<=": value <= literal, ">": value > literal, ">=": value >= literal}[sign]


Token = tuple[str, str]


def _tokens(expression: str) -> list[Token]:
    found: list[Token] = []
    at = 0
    text = expression.rstrip()
    while at < len(text):
        met = TOKENS.match(text, at)
        if met is None or met.lastgroup is None:
            raise NotUnderstood(text[at:].strip())
        found.append((met.lastgroup, met.group(met.lastgroup)))
        at = met.end()
    return found


def _either(tokens: list[Token]) -> tuple[Condition, list[Token]]:
    left, rest = _both(tokens)
    while rest and rest[0] == ("word", "or"):
        right, rest = _both(rest[1:])
        left = Either(left, right)
    return left, rest


def _both(tokens: list[Token]) -> tuple[Condition, list[Token]]:
    left, rest = _condition(tokens)
    while rest and rest[0] == ("word", "and"):
        right, rest = _condition(rest[1:])
        left = Both(left, right)
    return left, rest


def _condition(tokens: list[Token]) -> tuple[Condition, list[Token]]:
    match tokens:
        case [("sign", "("), *inner]:
            found, rest = _either(inner)
            if not rest or rest[0] != ("sign", ")"):
                raise NotUnderstood(rest[0][1] if rest else "(")
            return found, rest[1:]
        case [("name", name), (_, alone), *rest] if alone in ALONE:
            return Compare(name[1:-1], alone), rest
        case [("name", name), (_, sign), (kind, literal), *rest] if sign in SIGNS or sign == "!=":
            return Compare(name[1:-1], "<>" if sign == "!=" else sign, _literal(kind, literal)), rest
        case [("name", _), (_, text), *_rest] | [(_, text), *_rest]:
            raise NotUnderstood(text)
        case _:
            raise NotUnderstood("")


def _literal(kind: str, text: str) -> Literal:
    match kind:
        case "text":
            return text[1:-1]
        case "number":
            return int(text)
        case "word" if text in ("true", "false"):
            return text == "true"
        case _:
            raise NotUnderstood(text)
