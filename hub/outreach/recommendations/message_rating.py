"""Apply a patron's rating of an optional message, useful, less or stop, to the messages that follow."""

from hub.core.clock import hub_clock
from hub.core.retrying_transaction import atomic
from hub.outreach.messaging import unsubscribe
from hub.outreach.messaging.models import Message, Rating
from hub.outreach.messaging.services import StopLink
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.recommendations.new_titles.models import DigestFrequency, DigestSubscription
from hub.outreach.recommendations.reading_profiles import reading_choices

Says = Rating.Says


@atomic
def useful(found: StopLink) -> None:
    """Send slightly more messages of this kind; a repeated click on one message counts once."""
    if _noted(found, Says.USEFUL):
        if found.kind is MessageKind.RECOMMENDATION:
            reading_choices.useful(found.person)
        else:
            unsubscribe.send_more_often(found.person, found.kind)


@atomic
def less(found: StopLink) -> None:
    """Halve recommendations, make a weekly digest monthly, and lower the frequency of any other kind."""
    if not _noted(found, Says.LESS):
        return
    if found.kind is MessageKind.RECOMMENDATION:
        reading_choices.less(found.person)
    elif (
        found.kind is MessageKind.DIGEST
        and not DigestSubscription.objects.filter(person=found.person, every=DigestFrequency.MONTHLY).exists()
    ):
        DigestSubscription.objects.update_or_create(person=found.person, defaults={"every": DigestFrequency.MONTHLY})
    else:
        unsubscribe.send_less_often(found.person, found.kind)


@atomic
def stop(found: StopLink) -> None:
    """Stop messages of this kind and withdraw the consent."""
    _noted(found, Says.STOP)
    unsubscribe.stop(found.person, found.kind, "link")


def last(found: StopLink) -> str:
    """Return the patron's last rating of this message; empty if there is none."""
    rating = Rating.objects.filter(message=found.message).values_list("says", flat=True).first()
    return str(rating or "")


def _noted(found: StopLink, says: Says) -> bool:
    """Return False if this message already has this rating."""
    if last(found) == says:
        return False
    if Message.objects.filter(pk=found.message, person=found.person).exists():
        at = hub_clock().now()
        Rating.objects.update_or_create(message_id=found.message, defaults={"says": says, "at": at})
    return True
