"""Store opinions of titles that patrons gave at a kiosk; log invalid ones."""

import logging
from collections.abc import Callable, Mapping

from hub.catalogue.models import Item, Title
from hub.outreach.library_system.events import Event
from hub.outreach.patrons.feed_consumer import person_of
from hub.outreach.patrons.models import Person
from hub.outreach.recommendations.reading_profiles import recommendation_feedback
from lending.responses import HAPPY, SO_SO, UNHAPPY, ItemRating, RecommendationFeedback

log = logging.getLogger(__name__)
SAYS: Mapping[str, Callable[[Person, int], None]] = {
    "like": recommendation_feedback.like,
    "not": recommendation_feedback.not_for_me,
    HAPPY: recommendation_feedback.like,
    UNHAPPY: recommendation_feedback.not_for_me,
}
"""By answer, for recommendations and for returned books: the function that stores the opinion."""

LATER = "later"
NEITHER = (LATER, SO_SO)


def take(event: Event, response: RecommendationFeedback | ItemRating) -> None:
    """Store the opinion of the title that `about` identifies. Skipped and neutral answers store none.

    An opinion of a returned book is stored only if the book is in the patron's history.
    """
    if not event.patron or response.answer in NEITHER:
        return
    person = person_of(event.patron)
    title = _of_copy(response.about) if isinstance(response, ItemRating) else _title(response.about)
    if isinstance(response, ItemRating) and not (person and person.had.filter(title=title).exists()):
        return
    say = SAYS.get(response.answer)
    if person is None or title is None or say is None:
        log.warning("Feed event %d ignored: unknown patron, title or opinion", event.number)
        return
    say(person, title)


def _title(about: str) -> int | None:
    number = about.removeprefix("title-")
    if not number.isdecimal() or len(number) > 18:
        return None
    return int(number) if Title.objects.filter(pk=int(number)).exists() else None


def _of_copy(barcode: str) -> int | None:
    return Item.objects.filter(barcode=barcode).values_list("title", flat=True).first()
