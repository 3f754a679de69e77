"""What a patron says of a message that she did not need to get: useful, less, stop; each changes what comes next."""

from hub.core.clock import hub_clock
from hub.core.retrying_transaction import atomic
from hub.outreach.delivery import frequency_preferences, unsubscribe
from hub.outreach.delivery.message_kinds import MessageKind
from hub.outreach.delivery.models import Message, Rating
from hub.outreach.new_titles.models import DigestFrequency, DigestSubscription
from hub.outreach.reading_profiles import recommendation_feedback

Says = Rating.Says


@atomic
def useful(found: unsubscribe.Opened) -> None:
    """More of it, a little; said twice of one message it counts once."""
    if _noted(found, Says.USEFUL):
        if found.kind is MessageKind.RECOMMENDATION:
            recommendation_feedback.useful(found.person)
        else:
            frequency_preferences.more(found.person, found.kind)


@atomic
def less(found: unsubscribe.Opened) -> None:
    """Recommendations half as often, the digest monthly instead of weekly, all else by the pace of its kind."""
    if not _noted(found, Says.LESS):
        return
    if found.kind is MessageKind.RECOMMENDATION:
        recommendation_feedback.less(found.person)
    elif (
        found.kind is MessageKind.DIGEST
        and not DigestSubscription.objects.filter(person=found.person, every=DigestFrequency.MONTHLY).exists()
    ):
        DigestSubscription.objects.update_or_create(person=found.person, defaults={"every": DigestFrequency.MONTHLY})
    else:
        frequency_preferences.less(found.person, found.kind)


@atomic
def stop(found: unsubscribe.Opened) -> None:
    """No more of this kind; the consent goes with it."""
    _noted(found, Says.STOP)
    unsubscribe.stop(found.person, found.kind, "link")


def last(found: unsubscribe.Opened) -> str:
    """What she said of this very message; empty before."""
    said = Rating.objects.filter(message=found.message).values_list("says", flat=True).first()
    return str(said or "")


def _noted(found: unsubscribe.Opened, says: Says) -> bool:
    """False where she has said it of this message before."""
    if last(found) == says:
        return False
    if Message.objects.filter(pk=found.message, person=found.person).exists():
        at = hub_clock().now()
        Rating.objects.update_or_create(message_id=found.message, defaults={"says": says, "at": at})
    return True
