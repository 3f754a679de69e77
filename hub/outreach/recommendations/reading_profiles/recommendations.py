"""Show recommendations with translated reasons: to staff, in the portal, at kiosks and in messages."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest

from django.utils.translation import gettext as _

from hub.catalogue.models import Item, Title
from hub.core.clock import hub_clock
from hub.core.language import in_each_text_language, in_text_languages
from hub.core.retrying_transaction import atomic
from hub.core.small_cell_suppression import FEWEST
from hub.outreach.library_system.central import the_central
from hub.outreach.messaging.enqueue import Fact, Plain, queue_message
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.patrons.records import person_of
from hub.outreach.recommendations.new_titles.listing import DAYS, public_arrivals
from hub.outreach.recommendations.reading_profiles import recommendation_picker, subjects
from hub.outreach.recommendations.reading_profiles.history import preferences_of
from hub.outreach.recommendations.reading_profiles.models import (
    HistoryTitle,
    Interest,
    ReadingPreferences,
    Recommendation,
    TitleLoanCount,
)
from hub.outreach.recommendations.reminders.models import OpenLoan
from lending.model import ItemId
from lending.model import Recommendation as KioskRecommendation
from lending.title_search import is_cjk

OF_EACH = 4
"""Titles looked up per title wanted: most are on loan or rank elsewhere."""
KIOSK_MOST, KIOSK_NEW, KIOSK_AGAIN, MOST_COPIES = 8, 4, 4, 3
MOST = 4
"""Maximum number of titles in a message."""
BATCH = 200
"""Persons per batch."""
SPAN = timedelta(days=5)
"""Validity of a message: a title on the shelf today may be on loan next week."""


@dataclass(frozen=True, slots=True)
class DisplayedTitle:
    """Title to display. `reason` is a sentence, empty if no reason is given."""

    title: int
    words: str
    author: str
    reason: str = ""
    source: str = ""
    """Title that the reason names; empty if it names none."""


def recommendations_for(ref: str, most: int = 6) -> list[DisplayedTitle]:
    """Return recommendations that are on the shelf now; none without consent."""
    return _displayable(ref, most, new=False)


def arrivals(ref: str, most: int = 6) -> list[DisplayedTitle]:
    """Return new titles matching the patron's interests that are on the shelf now; none without consent."""
    return _displayable(ref, most, new=True)


def popular_titles(most: int = 6) -> list[DisplayedTitle]:
    """Return new and popular titles on the shelf now, alternating, the same for every patron.

    If there are too few, the newest titles of the catalogue follow.
    """
    now = hub_clock().now()
    new = list(public_arrivals(now - DAYS, now).values_list("pk", flat=True)[: OF_EACH * most])
    lent = TitleLoanCount.objects.filter(weight__gte=FEWEST).order_by("-weight", "title")
    borrowed = list(lent.values_list("title", flat=True)[: OF_EACH * most])
    newest = Title.objects.order_by("-pk").values_list("pk", flat=True)[: OF_EACH * most]
    turns = [each for pair in zip_longest(new, borrowed) for each in pair if each is not None]
    order = list(dict.fromkeys([*turns, *newest]))
    there = the_central().on_shelf(order)
    chosen = [each for each in order if each in there][:most]
    titles = Title.objects.defer("record").in_bulk(chosen)
    reasons = {**dict.fromkeys(new, _("new here")), **dict.fromkeys(borrowed, _("popular here"))}
    return [
        DisplayedTitle(each, titles[each].title, titles[each].author, reasons.get(each, ""))
        for each in chosen
        if each in titles
    ]


def borrow_again(ref: str, most: int = 6) -> list[DisplayedTitle]:
    """Return titles of the patron's history that are on the shelf now; none if no history is kept."""
    person = person_of(ref)
    if person is None:
        return []
    out = set(OpenLoan.objects.filter(person=person).values_list("title", flat=True))
    had = [
        each for each in HistoryTitle.objects.filter(person=person).values_list("title", flat=True) if each not in out
    ]
    titles, there = Title.objects.in_bulk(had), the_central().on_shelf(had)
    return [
        DisplayedTitle(each, titles[each].title, titles[each].author)
        for each in had
        if each in titles and each in there
    ][:most]


def _displayable(ref: str, most: int, *, new: bool) -> list[DisplayedTitle]:
    person = person_of(ref)
    if person is None or not recommendation_picker.allowed(person):
        return []
    picks = list(Recommendation.objects.filter(person=person, new=new))
    there = the_central().on_shelf([each.title for each in picks])
    return with_reasons(person, [each for each in picks if each.title in there][:most])


def with_reasons(person: Person, picks: Iterable[Recommendation]) -> list[DisplayedTitle]:
    """Return the titles with their reasons in the active language."""
    chosen = list(picks)
    titles = Title.objects.in_bulk({*(each.title for each in chosen), *titles_in_reasons(chosen)})
    return [
        DisplayedTitle(
            each.title,
            titles[each.title].title,
            titles[each.title].author,
            reason(each, titles),
            next((titles[pk].title for pk in titles_in_reasons([each]) if pk in titles), ""),
        )
        for each in chosen
        if each.title in titles
    ]


def by_interest(person: Person, picks: Iterable[Recommendation]) -> list[DisplayedTitle]:
    """Return the titles with an interest of the patron as the reason, for messages that others may see.

    The reason names the finest class shared by the title and the patron's interests, never a title or author of the
    past. It is empty if they share none.
    """
    chosen = list(picks)
    titles = Title.objects.defer("record").in_bulk([each.title for each in chosen])
    interests = Interest.objects.filter(person=person).exclude(source=Interest.Source.REMOVED)
    own = set(interests.values_list("subject", flat=True))
    found = []
    for each in chosen:
        if title := titles.get(each.title):
            shared = [code for code in subjects.codes(title) if code in own]
            reason_text = (
                _("because this interests you: {subject}").format(subject=subjects.label(shared[-1])) if shared else ""
            )
            found.append(DisplayedTitle(title.pk, title.title, title.author, reason_text))
    return found


def titles_in_reasons(picks: Iterable[Recommendation]) -> set[int]:
    """Return the ids of the titles that the reasons name."""
    return {
        int(each.of)
        for each in picks
        if each.of.isdecimal() and each.why in (Recommendation.Why.BORROWED, Recommendation.Why.WORDS)
    }


def reason(pick: Recommendation, titles: dict[int, Title]) -> str:
    """Return the reason in the active language."""
    match pick.why:
        case Recommendation.Why.AUTHOR:
            return _("because it is also by {author}").format(author=titles[pick.title].author)
        case Recommendation.Why.HEADING:
            return _("because you read about this: {subject}").format(
                subject=subjects.topic(titles[pick.title], pick.of)
            )
        case Recommendation.Why.SUBJECT:
            return _("because you read about this: {subject}").format(subject=subjects.label(pick.of))
        case _:
            source = titles.get(int(pick.of)) if pick.of.isdecimal() else None
            if source is None:
                return _("because it is like what you read")
            if pick.why == Recommendation.Why.BORROWED:
                return _reason_with_title(_("because you borrowed “{title}”"), source.title)
            return _reason_with_title(_("because it is like “{title}”"), source.title)


def _reason_with_title(words: str, title: str) -> str:
    """Return the words with the title, in Chinese title marks if it is Chinese, whatever the language of the words."""
    return (words.replace("“", "《").replace("”", "》") if any(map(is_cjk, title)) else words).format(title=title)


def consenting_people(people: Iterable[int]) -> list[int]:
    """Return those of these persons who consented to both history and recommendations."""
    return sorted(set(recommendation_picker.all_allowed()) & set(people))


def on_shelf(person: Person) -> KioskRecommendation | None:
    """Return the first recommendation that is on the shelf now, or None.

    Rated titles are not recommended again.
    """
    if not recommendation_picker.allowed(person):
        return None
    picks = list(Recommendation.objects.filter(person=person, new=False).order_by("rank", "pk"))
    there = the_central().on_shelf([each.title for each in picks])
    first = next((each for each in picks if each.title in there), None)
    return (
        _kiosk_recommendation(first, Title.objects.in_bulk({first.title, *titles_in_reasons([first])}), {})
        if first
        else None
    )


def by_patron(people: list[int]) -> dict[str, list[KioskRecommendation]]:
    """Return recommendations by the person's ref, with a constant number of queries.

    A person about whom too little is known gets new and popular titles, with that reason.
    """
    refs = dict(Person.objects.filter(pk__in=people).values_list("pk", "ref"))
    by_person: dict[int, list[Recommendation]] = defaultdict(list)
    for pick in Recommendation.objects.filter(person__in=list(refs)).order_by("person", "new", "rank", "pk"):
        if sum(each.new == pick.new for each in by_person[pick.person_id]) < (KIOSK_NEW if pick.new else KIOSK_MOST):
            by_person[pick.person_id].append(pick)
    picks, had = [each for found in by_person.values() for each in found], _had(list(refs))
    everyone = _for_everyone() if refs.keys() - by_person.keys() else []
    again = {title for found in had.values() for title in found}
    titles = Title.objects.in_bulk({*(each.title for each in picks), *titles_in_reasons(picks), *again})
    copies = _copies({*(each.title for each in picks), *again})
    found = {
        refs[person]: [
            *(
                [_kiosk_recommendation(each, titles, copies) for each in by_person[person] if each.title in titles]
                or everyone
            ),
            *(_again(titles[each], copies) for each in had[person] if each in titles),
        ]
        for person in refs
    }
    return {ref: each for ref, each in found.items() if each}


def _for_everyone() -> list[KioskRecommendation]:
    """Return new and popular titles.

    An opinion of them says nothing about the patron, so none is requested.
    """
    spoken = {language: popular_titles(KIOSK_MOST) for language in in_each_text_language()}
    first = next(iter(spoken.values()))
    titles = Title.objects.defer("record").in_bulk([each.title for each in first])
    copies = _copies(titles)
    return [
        KioskRecommendation(
            each.words,
            each.author,
            str(titles[each.title].call_number),
            {language: found[at].reason for language, found in spoken.items()},
            False,
            tuple(copies.get(each.title, ())[:MOST_COPIES]),
        )
        for at, each in enumerate(first)
    ]


def _had(people: list[int]) -> dict[int, list[int]]:
    """Return by person the titles in the history that are not on loan to them now, newest first."""
    out = set(OpenLoan.objects.filter(person__in=people).values_list("person", "title"))
    found: dict[int, list[int]] = defaultdict(list)
    for person, title in HistoryTitle.objects.filter(person__in=people).values_list("person", "title"):
        if (person, title) not in out and len(found[person]) < KIOSK_AGAIN:
            found[person].append(title)
    return found


def _copies(titles: Iterable[int]) -> dict[int, list[ItemId]]:
    found: dict[int, list[ItemId]] = defaultdict(list)
    rows = Item.objects.filter(title__in=list(titles), condition=Item.Condition.NORMAL).order_by("pk")
    for title, barcode in rows.values_list("title_id", "barcode"):
        found[title].append(ItemId(barcode))
    return found


def _kiosk_recommendation(
    pick: Recommendation, titles: dict[int, Title], copies: dict[int, list[ItemId]]
) -> KioskRecommendation:
    reasons = in_text_languages(lambda: reason(pick, titles))
    title = titles[pick.title]
    items = tuple(copies.get(pick.title, ())[:MOST_COPIES])
    return KioskRecommendation(
        str(title.title), str(title.author), str(title.call_number), reasons, bool(pick.new), items, f"title-{title.pk}"
    )


def _again(title: Title, copies: dict[int, list[ItemId]]) -> KioskRecommendation:
    items = tuple(copies.get(title.pk, ())[:MOST_COPIES])
    return KioskRecommendation(
        str(title.title), str(title.author), str(title.call_number), {}, False, items, again=True
    )


def nightly(now: datetime) -> int:
    """Queue the messages that are due; return how many."""
    people = recommendation_picker.all_allowed()
    return sum(_write(people[at : at + BATCH], now) for at in range(0, len(people), BATCH))


def _write(people: list[int], now: datetime) -> int:
    """Queue messages for these persons, except those with a recent one or no title on the shelf."""
    last_sent = dict(ReadingPreferences.objects.filter(person__in=people).values_list("person_id", "told_at"))
    days = dict(ReadingPreferences.objects.filter(person__in=people).values_list("person_id", "days"))
    due = [each for each in people if not last_sent.get(each) or last_sent[each] + timedelta(days=days[each]) <= now]
    picks: dict[int, list[Recommendation]] = {each: [] for each in due}
    for pick in Recommendation.objects.filter(person__in=due, new=False).order_by("person", "rank"):
        picks[pick.person_id].append(pick)
    there = the_central().on_shelf(sorted({each.title for found in picks.values() for each in found}))
    written = 0
    for person in Person.objects.filter(pk__in=due).order_by("pk"):
        found = [each for each in picks[person.pk] if each.title in there][:MOST]
        if found:
            _say(person, found, now)
            written += 1
    return written


@atomic
def _say(person: Person, picks: Iterable[Recommendation], now: datetime) -> None:
    facts = _facts(person, list(picks))
    queue_message(person, MessageKind.RECOMMENDATION, f"{person.pk} {now:%Y%m%d}", facts, until=now + SPAN)
    preferences = preferences_of(person)
    preferences.told_at = now
    preferences.save(update_fields=("told_at",))


def _facts(person: Person, picks: list[Recommendation]) -> dict[str, Fact]:
    """Return titles with reasons in every language of the library, as the patron's language is read only when sending.

    Others may see a message: titles and authors of the past are named only with a separate consent.
    """
    explain = with_reasons if consents.has_consented(person, Purpose.TITLES) else by_interest
    spoken = {language: explain(person, picks) for language in in_each_text_language()}
    items: list[dict[str, Plain]] = []
    for at, title in enumerate(next(iter(spoken.values()))):
        words = f"{title.words} / {title.author}" if title.author else title.words
        reasons = {each: found[at].reason for each, found in spoken.items()}
        items.append({"work": title.title, "words": words, "note": reasons})
    return {"items": items, "count": len(items)}
