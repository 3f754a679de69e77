"""Serve outreach content to kiosks, as described in docs/wire.md."""

from hashlib import sha256

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Query, Router

from hub.circulation.intake.apply_transaction import card_by
from hub.core.clock import hub_clock
from hub.ils.bridge import showcase
from hub.outreach import greeting, post_visit, receipt
from hub.outreach.engagement.campaigns import posters
from hub.outreach.engagement.campaigns.models import Poster
from hub.outreach.engagement.feedback import comments
from hub.outreach.library_system.central import local_day, zone
from lending import questions, wire

router = Router(tags=["outreach"])
LONGEST = 300
"""Maximum characters of a message on a receipt."""
MOST_PUBLISHED = 5


@router.get(questions.GREETING.path, response={200: wire.GreetingAnswer, 404: wire.UnknownAnswer})
def greets(request: HttpRequest, hash: str) -> wire.GreetingAnswer | HttpResponse:
    """Return the greeting shown next to the patron's empty list."""
    known = card_by(hash)
    if known is None:
        return JsonResponse({"detail": "unknown_card"}, status=404)
    found = greeting.greeting(known.patron.ref, hub_clock().now())
    return wire.GreetingAnswer(greeting=wire.WireGreeting(kind=found.kind, words=dict(found.words)) if found else None)


@router.get(questions.AFTER_VISIT.path, response={200: wire.AfterAnswer, 404: wire.UnknownAnswer})
def after_visit(request: HttpRequest, hash: str, item: list[str] = Query([])) -> wire.AfterAnswer | HttpResponse:  # noqa: B008
    """Return what the kiosk may ask and show at the end of a visit; `item` names the items just borrowed."""
    known = card_by(hash)
    if known is None:
        return JsonResponse({"detail": "unknown_card"}, status=404)
    ref, now = known.patron.ref, hub_clock().now()
    ask, strip = post_visit.ask(ref, now, request.auth.branch), post_visit.choose_promotion(ref)
    way = receipt.way(ref)
    return wire.AfterAnswer(
        ask=wire.WireAsk(kind=ask.kind, about=ask.about, facts=dict(ask.facts)) if ask else None,
        reminders=[
            wire.WireReminder(
                item=each.item, day=each.day, reason=each.reason, earliest=each.earliest, latest=each.latest
            )
            for each in post_visit.reminders(ref, item[: wire.MOST_ROWS])
        ],
        paper=[
            wire.WireNote(about=f"delivery-{each.number}", words=_cut(each.short)) for each in post_visit.paper(ref)
        ],
        strip=wire.WireStrip(words=dict(strip.words), link=strip.link) if strip else None,
        message=wire.WireMessage(channel=way.channel, shown=way.shown, goes=way.goes) if way else None,
    )


@router.get(questions.PUBLISHED.path, response=wire.PublishedAnswer)
def published_feedback(request: HttpRequest) -> wire.PublishedAnswer:
    """Return the library's published answers to feedback ("you said, we did"), the newest first."""
    return wire.PublishedAnswer(
        published=[
            wire.WirePublished(
                said={"zh": each.said, "en": each.said_en or each.said},
                did={"zh": each.did, "en": each.did_en or each.did},
            )
            for each in comments.published_answers(MOST_PUBLISHED)
        ]
    )


@router.get("/posters", response={200: wire.PostersAnswer, 304: None})
def kiosk_posters(request: HttpRequest) -> HttpResponse:
    """Return the posters of this kiosk's idle screen; 304 if they have not changed."""
    answer = wire.PostersAnswer(posters=showcase.wire_posters(request.auth.branch, hub_clock().now()))
    return _unless_known(request, answer.model_dump_json().encode(), "application/json")


@router.get("/showcase", response={200: wire.ShowcaseAnswer, 304: None})
def kiosk_showcase(request: HttpRequest) -> HttpResponse:
    """Return all that this kiosk shows without a card; 304 if it has not changed."""
    answer = showcase.answer(request.auth.branch, hub_clock().now())
    return _unless_known(request, answer.model_dump_json().encode(), "application/json")


@router.get("/posters/{number}/picture", response={200: None, 304: None, 404: wire.ErrorAnswer})
def poster_picture(request: HttpRequest, number: int) -> HttpResponse:
    """Return the picture of a poster that this kiosk shows today."""
    now = hub_clock().now()
    here = {each.pk for each in posters.on_kiosks(request.auth.branch.code, local_day(now, zone()))}
    found = Poster.objects.filter(pk__in=here & {number}).exclude(mark="").first()
    if found is None:
        return JsonResponse({"detail": "unknown_picture"}, status=404)
    return _unless_known(request, bytes(found.picture), "image/jpeg")


def _unless_known(request: HttpRequest, body: bytes, form: str) -> HttpResponse:
    mark = f'"{sha256(body).hexdigest()}"'
    known = request.headers.get("If-None-Match", "") == mark
    answer = HttpResponse(status=304) if known else HttpResponse(body, content_type=form)
    answer["ETag"] = mark
    return answer


def _cut(words: str) -> str:
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"
