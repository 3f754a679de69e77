"""What a patron says of a message that she did not need to get: useful, less, stop; each changes what comes next."""

from kiosk.hub.atomic import atomic
from kiosk.hub.clock import hub_clock
from kiosk.hub.outreach.delivery import pace, stopping
from kiosk.hub.outreach.delivery.kinds import Kind
from kiosk.hub.outreach.delivery.models import Message, Rating
from kiosk.hub.outreach.news.models import Every, Reader
from kiosk.hub.outreach.reading import saying

Says = Rating.Says


@atomic
def useful(found: stopping.Opened) -> None:
    """More of it, a little; said twice of one message it counts once."""
    if _noted(found, Says.USEFUL):
        if found.kind is Kind.RECOMMENDATION:
            saying.useful(found.person)
        else:
            pace.more(found.person, found.kind)


@atomic
def less(found: stopping.Opened) -> None:
    """Recommendations half as often, the digest monthly instead of weekly, all else by the pace of its kind."""
    if not _noted(found, Says.LESS):
        return
    if found.kind is Kind.RECOMMENDATION:
        saying.less(found.person)
    elif found.kind is Kind.DIGEST and not Reader.objects.filter(person=found.person, every=Every.MONTHLY).exists():
        Reader.objects.update_or_create(person=found.person, defaults={"every": Every.MONTHLY})
    else:
        pace.less(found.person, found.kind)


@atomic
def stop(found: stopping.Opened) -> None:
    """No more of this kind; the consent goes with it."""
    _noted(found, Says.STOP)
    stopping.stop(found.person, found.kind, "link")


def last(found: stopping.Opened) -> str:
    """What she said of this very message; empty before."""
    said = Rating.objects.filter(message=found.message).values_list("says", flat=True).first()
    return str(said or "")


def _noted(found: stopping.Opened, says: Says) -> bool:
    """False where she has said it of this message before."""
    if last(found) == says:
        return False
    if Message.objects.filter(pk=found.message, person=found.person).exists():
        at = hub_clock().now()
        Rating.objects.update_or_create(message_id=found.message, defaults={"says": says, "at": at})
    return True
