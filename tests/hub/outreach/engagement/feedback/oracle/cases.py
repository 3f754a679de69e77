"""Define the questionnaires and answers that are compared with survey-core."""

from __future__ import annotations

from itertools import product
from typing import Any

WELCOME: dict[str, Any] = {
    "title": {"default": "Your visit", "zh-cn": "您的到访"},
    "elements": [
        {
            "type": "rating",
            "name": "mood",
            "title": {"default": "How was it?", "zh-cn": "您今天的感受如何？"},
            "rateType": "smileys",
            "isRequired": True,
        },
        {"type": "comment", "name": "why", "title": "Why?", "visibleIf": "{mood} < 3", "isRequired": True},
        {
            "type": "radiogroup",
            "name": "come",
            "title": "Will you come again?",
            "choices": ["yes", {"value": "no", "text": {"default": "No", "zh-cn": "不会"}}],
        },
        {
            "type": "checkbox",
            "name": "used",
            "title": {"default": "What did you use?", "zh-cn": "您使用了哪些服务？"},
            "choices": ["loan", "room", "wifi"],
            "visibleIf": "{mood} >= 3 or {come} = 'yes'",
        },
        {
            "type": "boolean",
            "name": "found",
            "title": "Did you find it?",
            "visibleIf": "{used} contains 'loan' and ({come} notempty or {mood} = 5)",
        },
    ],
}
SCORE: dict[str, Any] = {
    "title": "Recommend",
    "pages": [
        {"elements": [{"type": "rating", "name": "nps", "title": "Likely?", "rateMin": 0, "rateMax": 10}]},
        {"name": "two", "elements": [{"type": "comment", "name": "what", "title": "What?", "visibleIf": "{nps} <= 6"}]},
    ],
}
ASKED: list[dict[str, Any]] = [
    {"type": "rating", "name": "r", "title": "R"},
    {"type": "radiogroup", "name": "g", "title": "G", "choices": ["a", "b"]},
    {"type": "checkbox", "name": "c", "title": "C", "choices": ["x", "y"]},
    {"type": "boolean", "name": "b", "title": "B"},
]
CONDITIONS = (
    "{r} = 3", "{r} <> 3", "{r} != 3", "{r} < 3", "{r} <= 3", "{r} > 3", "{r} >= 3", "{r} empty", "{r} notempty",
    "{g} = 'a'", "{g} <> 'a'", '{g} = "b"', "{g} empty", "{g} notempty",
    "{c} contains 'x'", "{c} notcontains 'x'", "{c} empty", "{c} notempty",
    "{b} = true", "{b} = false", "{b} <> true", "{b} <> false", "{b} empty", "{b} notempty",
    "{r} = 3 and {g} = 'a'", "{r} = 3 or {g} = 'a'", "{r} = 3 or {g} = 'a' and {b} = true",
    "({r} = 3 or {g} = 'a') and {b} = true", "{r} < 3 and ({g} empty or {c} contains 'y')",
    "({r} > 2) and (({c} notempty))",
)  # fmt: skip


def condition_cases() -> list[dict[str, Any]]:
    """Return every condition with every combination of answers and missing answers."""
    mixtures = product((None, 1, 3, 5), (None, "a", "b"), (None, ["x"], ["y", "x"]), (None, True, False))
    answers = [
        {name: value for name, value in zip("rgcb", mixture, strict=True) if value is not None} for mixture in mixtures
    ]
    cases = []
    for condition in CONDITIONS:
        asked = {"type": "comment", "name": "q", "title": "Q", "visibleIf": condition}
        form = {"title": "T", "elements": [*ASKED, asked]}
        cases += [{"form": form, "values": values} for values in answers]
    return cases


def whole_cases() -> list[dict[str, Any]]:
    """Return whole questionnaires with comments, required questions, and answers to hidden questions."""
    sheets: list[dict[str, Any]] = [
        {},
        {"mood": 1},
        {"mood": 1, "why": "dark"},
        {"mood": 4, "why": "dark"},
        {"mood": 5, "used": ["loan", "wifi"], "found": True},
        {"mood": 1, "why": "x", "come": "no", "used": ["loan"], "found": False},
        {"mood": 2, "why": "x", "come": "yes", "used": ["loan"], "found": False},
    ]
    scores: list[dict[str, Any]] = [{}, {"nps": 0}, {"nps": 6, "what": "more"}, {"nps": 10, "what": "less"}]
    return [
        *({"form": WELCOME, "values": values} for values in sheets),
        *({"form": SCORE, "values": values} for values in scores),
    ]


def cases() -> list[dict[str, Any]]:
    return [*whole_cases(), *condition_cases()]
