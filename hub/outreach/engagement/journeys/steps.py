"""Define the steps of a journey, and the templates from which staff make journeys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial

from django.utils.translation import gettext_lazy, pgettext_lazy
from pydantic import BaseModel, ConfigDict, Field

from hub.core.language import in_text_languages
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
    heading: dict[str, str]
    body: dict[str, str]

    @property
    def pause(self) -> timedelta:
        """The wait as a time span."""
        return timedelta(days=self.wait)


def steps_of(journey: Journey) -> list[Step]:
    """Return the steps of the journey, in order."""
    return [Step.model_validate(each) for each in journey.steps]


@dataclass(frozen=True, slots=True)
class TemplateStep:
    """A step of a template, with texts to translate."""

    wait: int
    heading: object
    body: object
    by: By = By.MESSAGE
    when: When = When.ALWAYS

    def step(self) -> Step:
        """Return the step in the library's languages."""
        heading, body = (in_text_languages(partial(str, text)) for text in (self.heading, self.body))
        return Step(by=self.by, wait=self.wait, when=self.when, heading=heading, body=body)


@dataclass(frozen=True, slots=True)
class Template:
    """What a new journey begins with; `about` says to staff when it starts for a patron."""

    about: object
    goal: Journey.Goal
    steps: tuple[TemplateStep, ...]
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
            TemplateStep(
                wait=1,
                heading=gettext_lazy("Welcome to the library"),
                body=gettext_lazy("Your card is ready. Place it on a kiosk's reader and scan a book to borrow it."),
            ),
            TemplateStep(
                wait=14,
                when=When.NOT_VISITED,
                heading=gettext_lazy("Your first book takes a minute"),
                body=gettext_lazy("New books are next to the entrance. Staff at the service desk are glad to help."),
            ),
            TemplateStep(
                by=By.KIOSK,
                wait=14,
                heading=gettext_lazy("Did you know?"),
                body=gettext_lazy("You can place a hold on a book that is out. We let you know when it is ready."),
            ),
        ),
        days=90,
    ),
    Occasion.LAPSING: Template(
        gettext_lazy("Begins when a patron has borrowed nothing for some weeks."),
        Goal.VISIT,
        (
            TemplateStep(
                wait=0,
                heading=gettext_lazy("It has been a while"),
                body=gettext_lazy("There are many new books on our shelves. Come and have a look."),
            ),
            TemplateStep(
                wait=21,
                when=When.NOT_VISITED,
                heading=gettext_lazy("May we find a book for you?"),
                body=gettext_lazy(
                    "Tell us at the service desk what you like to read, and we choose something for you."
                ),
            ),
        ),
        span=8,
    ),
    Occasion.WON_BACK: Template(
        gettext_lazy("Begins when a patron borrows again after a long absence."),
        Goal.BORROW,
        (
            TemplateStep(
                wait=7,
                heading=gettext_lazy("It is good to see you again"),
                body=gettext_lazy("Some things are new: you can renew at the kiosk and place holds on your phone."),
            ),
        ),
        span=26,
    ),
    Occasion.EXPIRY: Template(
        gettext_lazy("Begins some days before a patron's card expires, and ends with its renewal."),
        Goal.RENEW,
        (
            TemplateStep(
                wait=0,
                heading=gettext_lazy("Your library card expires soon"),
                body=gettext_lazy("Bring your ID to the service desk to renew it. It takes a minute."),
            ),
            TemplateStep(
                by=By.KIOSK,
                wait=14,
                heading=gettext_lazy("Your card expires soon"),
                body=gettext_lazy("You can renew it at the service desk today."),
            ),
        ),
        span=30,
    ),
    Occasion.FIRST_HOLD: Template(
        gettext_lazy("Begins with the first hold that a patron places, in their first year."),
        Goal.BORROW,
        (
            TemplateStep(
                wait=1,
                heading=gettext_lazy("How your hold works"),
                body=gettext_lazy(
                    "We let you know when the book is here, and keep it on the hold shelf for some days."
                ),
            ),
        ),
    ),
    Occasion.SCHOOL_YEAR: Template(
        gettext_lazy("Begins on the same day of each year."),
        Goal.VISIT,
        (
            TemplateStep(
                wait=0,
                heading=gettext_lazy("The school year begins"),
                body=gettext_lazy("The books on the reading lists are ready, at the entrance of the children's room."),
            ),
            TemplateStep(
                wait=14,
                when=When.NOT_VISITED,
                heading=gettext_lazy("There are still books for you"),
                body=gettext_lazy("Some books on the reading lists are still on the shelf. Come and see."),
            ),
        ),
        day="09-01",
    ),
    Occasion.CARD_DAY: Template(
        gettext_lazy("Begins on each anniversary of the registration."),
        Goal.VISIT,
        (
            TemplateStep(
                wait=0,
                heading=gettext_lazy("Another year with the library"),
                body=gettext_lazy("You joined the library on this day. Thank you for reading with us."),
            ),
        ),
        days=30,
    ),
}
