"""What a kiosk may ask of outreach, as docs/wire.md has it; judges nothing."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Query, Router

from kiosk.hub.circulation.judge import card_by
from kiosk.hub.clock import hub_clock
from kiosk.hub.outreach import after
from kiosk.sync import wire

router = Router(tags=["outreach"])


@router.get("/cards/{hash}/after", response={200: wire.AfterAnswer, 404: wire.UnknownAnswer})
def after_visit(request: HttpRequest, hash: str, item: list[str] = Query([])) -> wire.AfterAnswer | HttpResponse:  # noqa: B008
    """Tells what the end of her visit may ask and show; `item` names what she has just borrowed."""
    known = card_by(hash)
    if known is None:
        return JsonResponse({"detail": "unknown_card"}, status=404)
    ref, now = known.patron.ref, hub_clock().now()
    ask = after.ask(ref, now)
    return wire.AfterAnswer(
        ask=wire.WireAsk(kind=ask.kind, about=ask.about, facts=ask.facts) if ask else None,
        reminders=[
            wire.WireReminder(
                item=each.item, day=each.day, reason=each.reason, earliest=each.earliest, latest=each.latest
            )
            for each in after.reminders(ref, item[: wire.MOST_ROWS])
        ],
    )
