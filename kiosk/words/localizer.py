"""Translate and format sentences, dates, times and amounts for one language and time zone."""

from __future__ import annotations

import datetime as dt
import functools
import gettext
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from lending.languages import SOURCES, languages, text_for
from lending.money import format_amount
from lending.policy import Policy

LOCALE = Path(__file__).resolve().parents[1] / "locale"
"""Folder of the catalogues: one folder for each language that has one."""
UPRIGHT = "upright"
"""Script name and catalogue folder of the vertical script, which a few screens of a language have."""
END_OF_DAY = dt.time(23, 59)
SYMBOLS = {"CNY": "¥", "EUR": "€", "GBP": "£", "JPY": "¥", "USD": "$"}


@dataclass(frozen=True, slots=True)
class Explanation:
    """What happened, why, and what to do next: three short sentences."""

    what: str
    why: str
    next: str


class CatalogueMissing(Exception):
    """The compiled message catalogue of a language is missing."""


class Localizer:
    """Gettext catalogue of one language, with one time zone and currency.

    The msgid is the English sentence; values are inserted as named fields of str.format.
    """

    def __init__(
        self,
        language: str,
        timezone: str = "Asia/Shanghai",
        currency: str = "CNY",
        *,
        script: str = "",
        policy: Callable[[], Policy | None] = lambda: None,
    ) -> None:
        """Load the catalogue.

        Args:
            language: Code of one of `lending.languages`.
            timezone: IANA zone in which due dates and times are shown.
            currency: ISO 4217 code used where an amount has none.
            script: UPRIGHT or empty.
            policy: Returns the library's rules. Once they are known, their time zone and currency apply.

        Raises:
            CatalogueMissing: the compiled catalogue is missing.
            KeyError: the kiosk does not have the language.
        """
        self.language = languages()[language].code
        self._timezone, self._currency, self._policy = timezone, currency, policy
        self._catalogue = _load(language, script)

    @property
    def draft(self) -> bool:
        """True if the catalogue is marked "(draft)" because no native speaker has reviewed it."""
        return "(draft)" in self._catalogue.info().get("language-team", "")

    @property
    def currency(self) -> str:
        """ISO 4217 code of the library's currency."""
        rules = self._policy()
        return rules.currency if rules else self._currency

    @property
    def _zone(self) -> ZoneInfo:
        rules = self._policy()
        return ZoneInfo(rules.timezone if rules else self._timezone)

    def pick(self, texts: Mapping[str, str]) -> str:
        """Return the library's text in this language, else in its first; "" if there is none."""
        return text_for(texts, self.language)

    def say(self, text: str, **facts: object) -> str:
        """Translate a sentence and insert the facts."""
        said = self._catalogue.gettext(text)
        return said.format(**facts) if facts else said

    def say_n(self, one: str, many: str, n: int, **facts: object) -> str:
        """Translate a plural sentence for `n` things; the sentence may use {n}."""
        return self._catalogue.ngettext(one, many, n).format(n=n, **facts)

    def date(self, moment: dt.date | dt.datetime) -> str:
        """Format as `Sun 20 Dec`, `12月20日 周日`."""
        day = self._local(moment)
        return self.say("{weekday} {day} {month}", weekday=self._weekday(day), day=day.day, month=self._month(day))

    def day(self, moment: dt.date | dt.datetime) -> str:
        """Format as `20 Dec`, `12月20日`."""
        day = self._local(moment)
        return self.say("{day} {month}", day=day.day, month=self._month(day))

    def day_and_year(self, moment: dt.date | dt.datetime) -> str:
        """Format as `20 Dec 2026`, `2026年12月20日`."""
        day = self._local(moment)
        return self.say("{day} {month} {year}", day=day.day, month=self._month(day), year=day.year)

    def span(self, seconds: float) -> str:
        """Format a duration, rounded down: `7 min`, `3 h 5 min`, `2 days 4 h`."""
        minutes = max(0, int(seconds // 60))
        days, hours = minutes // 1440, minutes // 60 % 24
        if days:
            return self.say_n("{n} day {hours} h", "{n} days {hours} h", days, hours=hours)
        if hours:
            return self.say("{hours} h {minutes} min", hours=hours, minutes=minutes % 60)
        return self.say("{minutes} min", minutes=minutes)

    def clock(self, moment: dt.datetime) -> str:
        """Format as `14:36`, 24 h, in the library's time zone."""
        return f"{moment.astimezone(self._zone):%H:%M}"

    def moment(self, moment: dt.datetime) -> str:
        """Format as `Sun 22 Nov 2026, 14:36`."""
        day = self._local(moment)
        return self.say(
            "{weekday} {day} {month} {year}, {time}",
            weekday=self._weekday(day),
            day=day.day,
            month=self._month(day),
            year=day.year,
            time=self.clock(moment),
        )

    def due(self, moment: dt.datetime) -> str:
        """Format a due date, with the time of day if an hourly loan ends during the day."""
        return self._due_text(moment, self.date(moment))

    def due_day(self, moment: dt.datetime) -> str:
        """Format a due date without the weekday, for narrow places."""
        return self._due_text(moment, self.day(moment))

    def money(self, amount: Decimal, currency: str = "") -> str:
        """Format as `¥12.50`; a currency without a known symbol keeps its code: `1,250 MNT`."""
        code = currency or self.currency
        symbol, number = SYMBOLS.get(code), format_amount(amount, code)
        return f"{symbol}{number}" if symbol else f"{number} {code}"

    def _due_text(self, moment: dt.datetime, date: str) -> str:
        ends = moment.astimezone(self._zone).time().replace(second=0, microsecond=0)
        return date if ends == END_OF_DAY else self.say("{date}, {time}", date=date, time=self.clock(moment))

    def _local(self, moment: dt.date | dt.datetime) -> dt.date:
        return moment.astimezone(self._zone).date() if isinstance(moment, dt.datetime) else moment

    def _weekday(self, day: dt.date) -> str:
        names = (
            self.say("Mon"),
            self.say("Tue"),
            self.say("Wed"),
            self.say("Thu"),
            self.say("Fri"),
            self.say("Sat"),
            self.say("Sun"),
        )
        return names[day.weekday()]

    def _month(self, day: dt.date) -> str:
        names = (
            self.say("Jan"),
            self.say("Feb"),
            self.say("Mar"),
            self.say("Apr"),
            self.say("May"),
            self.say("Jun"),
            self.say("Jul"),
            self.say("Aug"),
            self.say("Sep"),
            self.say("Oct"),
            self.say("Nov"),
            self.say("Dec"),
        )
        return names[day.month - 1]


def _load(language: str, script: str) -> gettext.NullTranslations:
    if language == SOURCES:
        return gettext.NullTranslations()
    path = LOCALE / language / script / "LC_MESSAGES" / "kiosk.mo"
    try:
        return _read(path)
    except FileNotFoundError:
        raise CatalogueMissing(f"{path} is missing: run scripts/setup, which compiles the message catalogues") from None


@functools.cache
def _read(path: Path) -> gettext.GNUTranslations:
    """Cached, because the same languages are loaded repeatedly."""
    with path.open("rb") as file:
        return gettext.GNUTranslations(file)
