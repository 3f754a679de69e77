"""Find the patrons of a segment: those who meet all of its rules on a day.

Loans are known by week and without titles, so a segment can also be calculated for a day of the last three years;
patron category, branch, age and interests are always those of today. Interests require consent to the reading
history and recommendations, ages require consent to events and campaigns.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

from django.apps import apps
from django.db.models import Count, Max, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy
from pydantic import BaseModel, ConfigDict

from hub.catalogue.models import Branch
from hub.outreach.engagement.segments.models import PatronSegment
from hub.outreach.library_system.central import the_central
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person, ProfileField
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.recommendations.reading_profiles import recommendation_picker, segments, subjects
from hub.outreach.recommendations.reading_profiles.models import Interest, Segment, SegmentMembership, WeeklyLoans
from hub.outreach.recommendations.reading_profiles.segments import Weeks

WEEK, MONTH = timedelta(days=7), timedelta(days=30)
AGES: Mapping[str, tuple[int, int]] = {"0-11": (0, 11), "12-17": (12, 17), "18-25": (18, 25), "26-59": (26, 59),
                                       "60-": (60, 150)}  # fmt: skip
"""First and last age of each band. Only the year of birth is known, so an age may be one too high."""
READING = {"one": gettext_lazy("one subject at a time"), "many": gettext_lazy("several subjects at a time")}
CODE = "rules-"


class Rules(BaseModel):
    """Conditions that a patron must meet, all of them; one that is None or empty excludes no one.

    `away_least` and `away_most` are full weeks since the week of the last loan, `loans_least` and `loans_most` loans
    within `months` of 30 days.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    away_least: int | None = None
    away_most: int | None = None
    loans_least: int | None = None
    loans_most: int | None = None
    months: int = 12
    reading: str = ""
    habits: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    ages: tuple[str, ...] = ()
    interests: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the conditions that are set, as JSON values."""
        return self.model_dump(mode="json", exclude_defaults=True)


def ready_made() -> dict[str, Rules]:
    """Return the rules of the segments that the nightly job assigns, by their code."""
    return {str(each): Rules(habits=(str(each),)) for each in Segment}


def rules_of(code: str) -> Rules | None:
    """Return the rules of a segment by its code; None if it was deleted."""
    if not code.startswith(CODE):
        return ready_made().get(code)
    found = PatronSegment.objects.filter(pk=code.removeprefix(CODE)).first()
    return Rules.model_validate(found.rules) if found else None


def choices() -> list[tuple[str, str]]:
    """Return code and name of every segment, those that staff defined first."""
    own = [(each.code, str(each)) for each in PatronSegment.objects.all()]
    return own + [(str(each), str(each.label)) for each in Segment]


def members_of_any(codes: Collection[str], today: date) -> set[int]:
    """Return the ids of the people in at least one of these segments; a deleted segment has none."""
    found: set[int] = set()
    for code in codes:
        rules = rules_of(code)
        found |= members(rules, today, today) if rules else set()
    return found


def everyone() -> set[int]:
    """Return the ids of all people except those who asked to be erased."""
    return set(Person.objects.filter(erase_asked_at=None).values_list("pk", flat=True))


def members(
    rules: Rules, day: date, today: date, weeks: Weeks | None = None, among: Collection[int] | None = None
) -> set[int]:
    """Return the ids of the people who meet all rules, by their loans up to `day`.

    `weeks` has all loans by week, read once for many days, if there is a habit among the rules. `among` has everyone,
    read once for many rules.
    """
    found = everyone() if among is None else set(among)
    if rules.away_least is not None or rules.away_most is not None:
        found &= _away(rules, day)
    if rules.loans_least is not None or rules.loans_most is not None:
        found = _frequent(found, rules, day)
    if rules.reading:
        found &= _reading(rules.reading, day)
    if rules.habits:
        found &= _habits(rules.habits, day, today, weeks)
    if rules.groups or rules.branches:
        found &= apps.get_app_config("engagement").borrowers(rules.groups, rules.branches)
    if rules.ages:
        found &= _people_by_age(rules.ages, today)
    if rules.interests:
        liked = Interest.objects.filter(subject__in=rules.interests).exclude(source=Interest.Source.REMOVED)
        found &= set(liked.values_list("person_id", flat=True)) & set(recommendation_picker.all_allowed())
    return found


def _weeks(day: date) -> Any:
    return WeeklyLoans.objects.filter(loans__gt=0, monday__lte=day).order_by().values("person_id")


def _away(rules: Rules, day: date) -> set[int]:
    """Return the people whose last loan was so many weeks ago; its week counts as its Sunday."""
    rows = _weeks(day).annotate(last=Max("monday"))
    sunday = day - timedelta(days=6)
    if rules.away_least is not None:
        rows = rows.filter(last__lte=sunday - rules.away_least * WEEK)
    if rules.away_most is not None:
        rows = rows.filter(last__gt=sunday - (rules.away_most + 1) * WEEK)
    return set(rows.values_list("person_id", flat=True))


def _frequent(people: set[int], rules: Rules, day: date) -> set[int]:
    rows = _weeks(day).filter(monday__gt=day - rules.months * MONTH).annotate(count=Sum("loans"))
    if rules.loans_most is not None:
        # patrons without a loan have no row, so the others are taken out instead
        people = people - set(rows.filter(count__gt=rules.loans_most).values_list("person_id", flat=True))
    if rules.loans_least:
        people = people & set(rows.filter(count__gte=rules.loans_least).values_list("person_id", flat=True))
    return people


def _reading(wanted: str, day: date) -> set[int]:
    year = _weeks(day).filter(monday__gt=day - timedelta(days=segments.YEAR))
    rows = year.annotate(kinds_=Sum("kinds"), weeks=Count("pk")).values_list("person_id", "kinds_", "weeks")
    return {person for person, kinds, weeks in rows if (kinds >= segments.WIDELY * weeks) == (wanted == "many")}


def _habits(wanted: Collection[str], day: date, today: date, weeks: Weeks | None) -> set[int]:
    if day == today:
        return set(SegmentMembership.objects.filter(segment__in=wanted).values_list("person_id", flat=True))
    found = segments.assign_segments(weeks or segments.load_weeks(), day.toordinal(), segments.loan_period())
    return {
        person
        for person, at in zip(found.person.tolist(), found.segment.tolist(), strict=True)
        if str(segments.ORDER[at]) in wanted
    }


def _people_by_age(bands: Collection[str], today: date) -> set[int]:
    allowed = consents.all_given(Purpose.CAMPAIGN)
    spans = [AGES[each] for each in bands if each in AGES]
    rows = ProfileField.objects.filter(name=ProfileField.Name.BIRTH_YEAR, person__in=allowed)
    found = set()
    for person, value in rows.values_list("person_id", "value"):
        year = value.decrypt()
        if year.isdecimal() and any(first <= today.year - int(year) <= last for first, last in spans):
            found.add(person)
    return found


def conditions(rules: Rules) -> list[tuple[str, str]]:
    """Return the conditions as text, each with its subject: ("Last loan", "at least 8 weeks ago")."""
    found = [
        (_("Last loan"), _range(rules.away_least, rules.away_most, _weeks_text)),
        (_("Loans"), _loans_text(rules)),
        (_("Reading"), str(READING.get(rules.reading, ""))),
        (_("Habit"), _names(rules.habits, {str(each): str(each.label) for each in Segment})),
        (_("Patron category"), _names(rules.groups, dict(the_central().categories()) if rules.groups else {})),
        (_("Branch"), _names(rules.branches, _branches() if rules.branches else {})),
        (_("Age"), _names(rules.ages, ages())),
        (_("Interest"), _names(rules.interests, {each: subjects.label(each) for each in rules.interests})),
    ]
    return [(subject, text) for subject, text in found if text]


def ages() -> dict[str, str]:
    """Return the age bands with their names."""
    names = {code: f"{first}–{last}" for code, (first, last) in AGES.items()}
    return names | {"60-": _("{first} and over").format(first=AGES["60-"][0])}


def _branches() -> dict[str, str]:
    return {each.code: str(each) for each in Branch.objects.all()}


def _names(codes: Collection[str], known: Mapping[str, str]) -> str:
    return str(pgettext("list", ", ")).join(known.get(each, each) for each in codes)


def _weeks_text(count: int) -> str:
    return ngettext("{count} week ago", "{count} weeks ago", count).format(count=count)


def _loans_text(rules: Rules) -> str:
    many = _range(rules.loans_least, rules.loans_most, lambda count: f"{count}")
    span = ngettext("{count} month", "{count} months", rules.months).format(count=rules.months)
    return _("{many} in {span}").format(many=many, span=span) if many else ""


def _range(least: int | None, most: int | None, words: Any) -> str:
    if least is not None and most is not None:
        return _("{least} to {most}").format(least=least, most=words(most))
    if least is not None:
        return _("at least {count}").format(count=words(least))
    return _("at most {count}").format(count=words(most)) if most is not None else ""


EVERYONE = pgettext_lazy("segment", "all patrons")
