"""Wishes for the collection: the same title is one suggestion, and each who asked is told what became of it."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _
from stdnum import isbn

from hub.catalogue.models import Isbn, Title
from hub.core.retrying_transaction import atomic
from hub.outreach.delivery.enqueue import say
from hub.outreach.delivery.message_kinds import MessageKind
from hub.outreach.feedback.deduplication import SubmissionRejected, first_time, said
from hub.outreach.feedback.models import Suggestion, SuggestionFollower
from hub.outreach.profiles.models import Person

State = Suggestion.State
BRACKETS = re.compile(r"[\s\W_]+", re.UNICODE)


def normal_isbn(text: str) -> str:
    """Its thirteen digits, or nothing where it is no ISBN; a wrong check digit is none."""
    found = isbn.compact(text.strip().upper().removeprefix("ISBN").lstrip(" :："), convert=False)
    return isbn.to_isbn13(found) if isbn.is_valid(found) else ""


def looks_like_isbn(text: str) -> bool:
    """Whether somebody meant to type an ISBN."""
    return bool(re.fullmatch(r"(?:ISBN)?[\s:：]*[\d\-\s]{9,17}[\dXx]?", text.strip(), re.IGNORECASE))


def hyphenated(number: str) -> str:
    """An ISBN as it is printed."""
    return str(isbn.format(number)) if number else ""


def known_as(number: str, words: str) -> str:
    """The same title has the same: its ISBN, else its words without signs, case and width."""
    if number:
        return f"isbn:{number}"
    return "words:" + BRACKETS.sub("", unicodedata.normalize("NFKC", words).casefold())[:190]


@atomic
def suggest(transaction: str, at: datetime, words: str, person: Person | None = None) -> Suggestion | None:
    """Takes in an ISBN or words; None when the transaction was taken in before. Raises NotTaken.

    A title that was asked for before is that one; where it was declined or has arrived she is told so.
    """
    words = said(words, 200)
    number = normal_isbn(words)
    if not number and looks_like_isbn(words):
        wrong = _("{words} is no ISBN: its signs do not fit together. Scan the bar code, or type the title.")
        raise SubmissionRejected(wrong.format(words=words))
    key = known_as(number, words)
    if key == "words:":
        raise SubmissionRejected(_("There is no letter and no digit: write a title or an ISBN."))
    if not first_time(transaction):
        return None
    fresh = {"isbn": number, "words": "" if number else words, "first_at": at, "changed_at": at}
    suggestion, _new = Suggestion.objects.select_for_update().get_or_create(known_as=key, defaults=fresh)
    wished = False
    if person is not None:
        wish, wished = SuggestionFollower.objects.get_or_create(
            suggestion=suggestion, person=person, defaults={"read": "" if suggestion.state != State.NEW else State.NEW}
        )
        if wished and suggestion.state != State.NEW:
            _tell(suggestion, wish, at)
    if person is None or wished:
        suggestion.asked += 1
        suggestion.save(update_fields=("asked",))
    found: Suggestion = suggestion
    return found


@atomic
def decide(suggestion: Suggestion, state: str, at: datetime, reason: str = "") -> int:
    """Sets what becomes of it and tells each who asked; tells how many they are. Raises NotTaken."""
    if state not in State.values:
        raise SubmissionRejected(
            _("There is no state {state}: choose one of {states}.").format(state=state, states=", ".join(State.values))
        )
    reason = said(reason, 300) if state == State.DECLINED else ""
    suggestion = _held(suggestion)
    if (suggestion.state, suggestion.reason) == (state, reason):
        return 0
    suggestion.state, suggestion.reason, suggestion.changed_at = state, reason, at
    suggestion.save(update_fields=("state", "reason", "changed_at"))
    if state == State.NEW:
        return 0
    wishes = list(suggestion.wishes.select_related("person"))
    for wish in wishes:
        _tell(suggestion, wish, at)
    return len(wishes)


@atomic
def merge(suggestion: Suggestion, into: Suggestion, at: datetime) -> None:
    """Makes one of two that mean the same title; whoever asked for either is told of the one. Raises NotTaken."""
    if suggestion.pk == into.pk:
        raise SubmissionRejected(_("This is the same suggestion: choose another one."))
    both_rows = Suggestion.objects.select_for_update().filter(pk__in=(suggestion.pk, into.pk)).order_by("pk")
    held = {each.pk: each for each in both_rows}
    gone, stays = held[suggestion.pk], held[into.pk]
    both = 0
    for wish in gone.wishes.select_related("person"):
        moved, made = SuggestionFollower.objects.get_or_create(suggestion=stays, person=wish.person)
        both += not made
        if made and stays.state != State.NEW:
            _tell(stays, moved, at)
    stays.asked += gone.asked - both
    number, words = stays.isbn or gone.isbn, stays.words or gone.words
    gone.delete()
    stays.isbn, stays.words = number, words
    if number:
        stays.known_as = known_as(number, "")
    stays.save()


def in_catalogue(suggestion: Suggestion) -> Title | None:
    """The title that the library has already, as far as its ISBN or its exact name tell."""
    return all_in_catalogue([suggestion]).get(suggestion.pk)


def all_in_catalogue(rows: Iterable[Suggestion]) -> dict[int, Title]:
    """The same of many, with two queries."""
    asked = list(rows)
    isbns = Isbn.objects.filter(isbn13__in={each.isbn for each in asked if each.isbn}).select_related("title")
    held = {row.isbn13: row.title for row in isbns}
    titles = Title.objects.filter(title__in={_name(each) for each in asked if each.words})
    held |= {row.title: row for row in titles}
    found = {each.pk: held.get(each.isbn) or held.get(_name(each)) for each in asked}
    return {key: title for key, title in found.items() if title is not None}


def _name(suggestion: Suggestion) -> str:
    return str(suggestion.words).strip("《》 ")


def alike(suggestion: Suggestion) -> list[Suggestion]:
    """Others that share its first words or a word of some length with it: perhaps the same title."""
    words = {each.casefold() for each in re.findall(r"\w{2,}", suggestion.words or _catalogued(suggestion))}
    if not words:
        return []
    others = Suggestion.objects.exclude(pk=suggestion.pk).order_by("-changed_at")[:500]
    return [each for each in others if any(word in each.words.casefold() for word in words)][:5]


def _catalogued(suggestion: Suggestion) -> str:
    title = in_catalogue(suggestion)
    return title.title if title else ""


def _tell(suggestion: Suggestion, wish: SuggestionFollower, at: datetime) -> None:
    facts = {
        "suggestion": _name(suggestion) or _catalogued(suggestion) or hyphenated(suggestion.isbn),
        "state": str(suggestion.state),
        "reason": suggestion.reason,
    }
    key = f"suggestion-{suggestion.pk}-{wish.pk}-{suggestion.state}-{at:%Y%m%d%H%M%S}"
    say(wish.person, MessageKind.ANSWER, key, facts, at=at)


def _held(suggestion: Suggestion) -> Suggestion:
    found: Suggestion = Suggestion.objects.select_for_update().get(pk=suggestion.pk)
    return found
