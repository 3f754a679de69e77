"""Sample views of a questionnaire: each kind of question and answer, by an invented library."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.screens.samples.sample_parts import BOOKS, guest, line
from kiosk.views import Farewell, Feedback, LineState, Survey, View
from lending.post_visit import PostVisitQuestion
from lending.questionnaires.form import Form, read
from lending.questionnaires.offered import OfferedQuestionnaire


def _both(zh: str, en: str) -> dict[str, str]:
    return {"default": en, "zh-cn": zh}


def _elements() -> tuple[dict[str, object], ...]:
    """Return more questions than a questionnaire may have: one per kind of drawing."""
    return (
        {"type": "rating", "name": "mood", "rateType": "smileys",
         "title": _both("您今天的感受如何？", "How was it today?")},
        {"type": "rating", "name": "recommend", "rateMin": 0, "rateMax": 10,
         "title": _both("您会把本馆推荐给朋友吗？", "How likely is it that you recommend us to a friend?"),
         "minRateDescription": _both("不会", "Not at all"), "maxRateDescription": _both("一定会", "Certainly")},
        {"type": "radiogroup", "name": "when", "title": _both("您通常什么时候来？", "When do you mostly come?"),
         "choices": [{"value": "a", "text": _both("工作日上午", "On a weekday, in the morning")},
                     {"value": "b", "text": _both("工作日下午", "On a weekday, in the afternoon")},
                     {"value": "c", "text": _both("晚上", "In the evening")},
                     {"value": "d", "text": _both("周末", "At the weekend")}]},
        {"type": "checkbox", "name": "uses", "title": _both("您来这里做什么？", "What do you do here?"),
         "choices": [{"value": f"u{n}", "text": _both(zh, en)} for n, (zh, en) in enumerate((
             ("借书", "Borrow books"), ("自习", "Study"), ("读报刊", "Read newspapers"),
             ("陪孩子", "Come with a child"),
             ("上网", "Use the computers"), ("参加活动", "Take part in events"), ("会朋友", "Meet friends"),
             ("复印打印", "Copy and print"), ("查地方文献", "Look into local history"), ("休息", "Have a rest"),
             ("学语言", "Learn a language"), ("其他", "Something else")))]},
        {"type": "boolean", "name": "found", "title": _both("您找到想要的书了吗？", "Did you find what you came for?")},
        {"type": "comment", "name": "why", "title": _both("哪里可以改进？", "What could be better?")},
    )  # fmt: skip


SAID = {"mood": 5, "recommend": 8, "when": "b", "uses": ["u0", "u3"], "found": True, "why": "more maps"}


def form(*names: str) -> Form:
    chosen = [each for each in _elements() if each["name"] in names]
    return read({"title": _both("您的到访", "Your visit"), "elements": chosen})


def surveys(language: str) -> Iterator[tuple[str, View]]:
    under = _farewell(language)
    every = [str(each["name"]) for each in _elements()]
    for name in every:
        asked = OfferedQuestionnaire("visit.1", form(name, "found", "mood"))
        at = next(n for n, each in enumerate(asked.form.questions) if each.name == name)
        yield f"Survey-{name}", Survey(asked, under, at=at)
        yield f"Survey-{name}-said", Survey(asked, Feedback(), {name: SAID[name]}, at)  # type: ignore[dict-item]
    named = OfferedQuestionnaire("visit.1", form("mood", "why", "when"), anonymous=False)
    yield "Survey-last", Survey(named, under, {"mood": 2, "when": "d"}, 2)
    yield "Farewell-asks-questionnaire", under


def _farewell(language: str) -> Farewell:
    lines = tuple(line(book, LineState.DONE, n, confirmed=True) for n, book in enumerate(BOOKS[language][:2]))
    title = '{"title": {"default": "Your visit", "zh-cn": "您的到访"}, "elements": []}'
    facts = {"form": title, "anonymous": "yes"}
    return Farewell(lines, guest(language, 2), ask=PostVisitQuestion("questionnaire", "visit.1", facts))


def _words(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _words(each)


def words_of_surveys() -> tuple[str, ...]:
    return tuple(_words(_elements()))
