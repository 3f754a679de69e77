"""Define the steps of a journey, and the templates from which staff make journeys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.utils.translation import gettext_lazy, pgettext_lazy
from pydantic import BaseModel, ConfigDict, Field

from hub.outreach.engagement.journeys.models import Journey

MOST = 5
"""Maximum number of steps."""


class By(StrEnum):
    """How a step reaches the patron."""

    MESSAGE = "message"
    KIOSK = "kiosk"


class When(StrEnum):
    """Condition of a step. A step whose condition does not hold is left out, and the next one follows."""

    ALWAYS = "always"
    NOT_VISITED = "not_visited"


BY_NAMES = {
    By.MESSAGE: pgettext_lazy("journey step", "message"),
    By.KIOSK: pgettext_lazy("journey step", "on the kiosk's screen"),
}
WHEN_NAMES = {
    When.ALWAYS: pgettext_lazy("journey step", "always"),
    When.NOT_VISITED: pgettext_lazy("journey step", "if the patron has not visited since the step before"),
}


class Step(BaseModel):
    """A step: `wait` days after the one before, or after the occasion."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: By = By.MESSAGE
    wait: int = Field(ge=0, le=180)
    when: When = When.ALWAYS
    heading_zh: str
    heading_en: str
    body_zh: str
    body_en: str

    @property
    def pause(self) -> timedelta:
        """The wait as a time span."""
        return timedelta(days=self.wait)


def steps_of(journey: Journey) -> list[Step]:
    """Return the steps of the journey, in order."""
    return [Step.model_validate(each) for each in journey.steps]


@dataclass(frozen=True, slots=True)
class Template:
    """What a new journey begins with; `about` says to staff when it starts for a patron."""

    about: object
    goal: Journey.Goal
    steps: tuple[Step, ...]
    segment: str = ""
    span: int = 0
    day: str = ""
    days: int = 60


Occasion, Goal = Journey.Occasion, Journey.Goal
TEMPLATES: Mapping[Journey.Occasion, Template] = {
    Occasion.WELCOME: Template(
        gettext_lazy("Begins with the registration, and ends with the third visit."),
        Goal.THIRD_VISIT,
        (
            Step(
                wait=1,
                heading_zh="欢迎加入图书馆",
                heading_en="Welcome to the library",
                body_zh="您的读者证已经可以使用。在自助机上放好读者证，扫描条码，就能借书。",
                body_en="Your card is ready. Place it on a kiosk's reader and scan a book to borrow it.",
            ),
            Step(
                wait=14,
                when=When.NOT_VISITED,
                heading_zh="借第一本书只要一分钟",
                heading_en="Your first book takes a minute",
                body_zh="新书就在入口旁。有问题请到服务台，我们乐意帮忙。",
                body_en="New books are next to the entrance. Staff at the service desk are glad to help.",
            ),
            Step(
                by=By.KIOSK,
                wait=14,
                heading_zh="您知道吗？",
                heading_en="Did you know?",
                body_zh="没有找到的书可以预约，到馆后我们通知您。",
                body_en="You can place a hold on a book that is out. We let you know when it is ready.",
            ),
        ),
        days=90,
    ),
    Occasion.LAPSING: Template(
        gettext_lazy("Begins when a patron has borrowed nothing for some weeks."),
        Goal.VISIT,
        (
            Step(
                wait=0,
                heading_zh="好久不见",
                heading_en="It has been a while",
                body_zh="书架上有不少新书，欢迎再来看看。",
                body_en="There are many new books on our shelves. Come and have a look.",
            ),
            Step(
                wait=21,
                when=When.NOT_VISITED,
                heading_zh="我们能帮您找书",
                heading_en="May we find a book for you?",
                body_zh="到服务台告诉我们您喜欢读什么，我们为您挑选。",
                body_en="Tell us at the service desk what you like to read, and we choose something for you.",
            ),
        ),
        span=8,
    ),
    Occasion.WON_BACK: Template(
        gettext_lazy("Begins when a patron borrows again after a long absence."),
        Goal.BORROW,
        (
            Step(
                wait=7,
                heading_zh="很高兴您又来了",
                heading_en="It is good to see you again",
                body_zh="您不在时图书馆有了一些变化：自助机可以续借，手机上可以预约。",
                body_en="Some things are new: you can renew at the kiosk and place holds on your phone.",
            ),
        ),
        span=26,
    ),
    Occasion.EXPIRY: Template(
        gettext_lazy("Begins some days before a patron's card expires, and ends with its renewal."),
        Goal.RENEW,
        (
            Step(
                wait=0,
                heading_zh="您的读者证即将到期",
                heading_en="Your library card expires soon",
                body_zh="请带证件到服务台续期，只需一分钟。",
                body_en="Bring your ID to the service desk to renew it. It takes a minute.",
            ),
            Step(
                by=By.KIOSK,
                wait=14,
                heading_zh="您的读者证即将到期",
                heading_en="Your card expires soon",
                body_zh="今天就可以在服务台续期。",
                body_en="You can renew it at the service desk today.",
            ),
        ),
        span=30,
    ),
    Occasion.FIRST_HOLD: Template(
        gettext_lazy("Begins with the first hold that a patron places, in their first year."),
        Goal.BORROW,
        (
            Step(
                wait=1,
                heading_zh="预约是这样进行的",
                heading_en="How your hold works",
                body_zh="图书到馆后我们通知您，并在预约书架上为您保留几天。",
                body_en="We let you know when the book is here, and keep it on the hold shelf for some days.",
            ),
        ),
    ),
    Occasion.SCHOOL_YEAR: Template(
        gettext_lazy("Begins on the same day of each year."),
        Goal.VISIT,
        (
            Step(
                wait=0,
                heading_zh="新学年开始了",
                heading_en="The school year begins",
                body_zh="课外阅读书目已经备好，在童书馆的入口。",
                body_en="The books on the reading lists are ready, at the entrance of the children's room.",
            ),
            Step(
                wait=14,
                when=When.NOT_VISITED,
                heading_zh="还有书在等您",
                heading_en="There are still books for you",
                body_zh="阅读书目上的书还有可借的，欢迎来看。",
                body_en="Some books on the reading lists are still on the shelf. Come and see.",
            ),
        ),
        day="09-01",
    ),
    Occasion.CARD_DAY: Template(
        gettext_lazy("Begins on each anniversary of the registration."),
        Goal.VISIT,
        (
            Step(
                wait=0,
                heading_zh="又一年，谢谢您",
                heading_en="Another year with the library",
                body_zh="您正是在这一天办了读者证。感谢您一直在读。",
                body_en="You joined the library on this day. Thank you for reading with us.",
            ),
        ),
        days=30,
    ),
}
