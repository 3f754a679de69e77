"""Serve kiosks what outreach and the catalogue offer, with and without a card, as described in docs/wire.md."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from hashlib import sha256

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Query, Router

from hub.catalogue.models import Branch, Title
from hub.catalogue.search.index import find
from hub.circulation.domain_mapping import Copy, copies_of
from hub.circulation.intake.apply_transaction import card_by
from hub.circulation.models import ClosedDay
from hub.core.clock import hub_clock
from hub.core.signed_links import public_url
from hub.ils.bridge import kiosk_requests
from hub.outreach import greeting, post_visit, receipt
from hub.outreach.engagement.campaigns import posters
from hub.outreach.engagement.campaigns.models import Poster
from hub.outreach.engagement.feedback import comments, programs
from hub.outreach.engagement.feedback.models import Asking, Session
from hub.outreach.engagement.feedback.surveys import kiosk_surveys
from hub.outreach.library_system.central import local_day, zone
from hub.outreach.recommendations.new_titles import listing
from lending import questions, wire
from lending.model import ItemStatus

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
            wire.WirePublished(said=each.said.in_order(), did=each.did.in_order())
            for each in comments.published_answers(MOST_PUBLISHED)
        ]
    )


@router.get("/posters", response={200: wire.PostersAnswer, 304: None})
def kiosk_posters(request: HttpRequest) -> HttpResponse:
    """Return the posters of this kiosk's idle screen; 304 if they have not changed."""
    answer = wire.PostersAnswer(posters=wire_posters(request.auth.branch, hub_clock().now()))
    return _unless_known(request, answer.model_dump_json().encode(), "application/json")


@router.get("/showcase", response={200: wire.ShowcaseAnswer, 304: None})
def kiosk_showcase(request: HttpRequest) -> HttpResponse:
    """Return all that this kiosk shows without a card; 304 if it has not changed."""
    answer = showcase_answer(request.auth.branch, hub_clock().now())
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


NEWS = 7
"""New titles shown; at eight seconds each they take about a minute."""
COURSES = 12


def showcase_answer(branch: Branch, now: datetime) -> wire.ShowcaseAnswer:
    found = kiosk_surveys.anybodys(now, branch)
    sheet = kiosk_surveys.payload_for_kiosks(found) if found else {}
    return wire.ShowcaseAnswer(
        posters=wire_posters(branch, now),
        news=_news(now),
        resources=[
            wire.WireResource(name=each.name.in_order(), about=each.words.in_order(), link=each.url, access=each.access)
            for each in programs.resources()
        ],
        courses=[_course(each) for each in programs.coming(now).filter(begins__gt=now, course__shown=True)[:COURSES]],
        sheet=wire.WireSheet(about=kiosk_surveys.survey_reference(found), form=sheet["form"]) if found else None,
        registers=kiosk_requests.registration_form(),
        face="face" in Asking.order(),
        week=branch.opening_hours,
        closed=_closed_days(branch, local_day(now, zone())),
    )


def _closed_days(branch: Branch, today: date) -> list[date]:
    """Return the closed days of the branch in the next week, in which a kiosk shows today and tomorrow offline too."""
    days = ClosedDay.objects.filter(day__range=(today, today + timedelta(days=7)))
    return sorted(set(days.filter(Q(branch=branch) | Q(branch=None)).values_list("day", flat=True)))


def wire_posters(branch: Branch, now: datetime) -> list[wire.WirePoster]:
    found = posters.on_kiosks(branch.code, local_day(now, zone()))
    dates = posters.dates(found, now)
    return [_poster(each, dates.get(each.event_id or 0)) for each in found]


def _poster(each: Poster, date: Session | None) -> wire.WirePoster:
    return wire.WirePoster(
        id=each.pk,
        title=each.title.in_order(),
        words=each.words.in_order(),
        link=posters.address(each),
        first=each.first,
        last=each.last,
        begins=date.begins if date else None,
        place=programs.place(date) if date else {},
        session=date.pk if date else 0,
        full=bool(date and date.taken >= date.places),
        picture=wire.WirePicture(sha256=each.mark, width=each.width, height=each.height) if each.mark else None,
    )


def _news(now: datetime) -> list[wire.WireNew]:
    shown = listing.with_remarks(listing.public_arrivals(now - listing.DAYS, now)[:NEWS])
    titles = Title.objects.only("subject", "cover").in_bulk([each.title for each in shown])
    return [
        wire.WireNew(
            title=each.words,
            author=each.author,
            subject=titles[each.title].subject if each.title in titles else "",
            cover=titles[each.title].cover if each.title in titles else "",
            call_number=each.call_number,
            line=each.line.in_order(),
            link=each.url,
            id=each.title,
        )
        for each in shown
    ]


def _course(session: Session) -> wire.WireCourse:
    course = session.course
    return wire.WireCourse(
        name=course.name.in_order(),
        begins=session.begins,
        place=programs.place(session),
        link=public_url("portal:courses"),
        full=session.taken >= session.places,
        session=session.pk,
    )


MOST_TITLES = 50
search_router = Router(tags=["catalogue"])


@search_router.get("/search", response=wire.SearchAnswer)
def search(request: HttpRequest, q: str = Query("", max_length=200), sent: bool = False) -> wire.SearchAnswer:
    """Search while the patron types.

    A query that was `sent` and found nothing is counted, without the patron.
    """
    found = find(q, MOST_TITLES + 1)
    if sent and found.has_no_match:
        programs.count_failed_search(q, hub_clock().now(), request.auth.branch.code)
    keys = found.titles[:MOST_TITLES]
    titles, copies = Title.objects.defer("record").in_bulk(keys), copies_of(keys)
    return wire.SearchAnswer(
        titles=[_title(titles[key], copies[key]) for key in keys if key in titles],
        close=found.close,
        more=len(found.titles) > MOST_TITLES,
    )


def _title(title: Title, copies: list[Copy]) -> wire.WireTitle:
    here = [item for item, facts in copies if facts.status is ItemStatus.ON_SHELF]
    return wire.WireTitle(
        title=title.pk,
        words=f"{title.title}: {title.subtitle}" if title.subtitle else title.title,
        author=title.author,
        call_number=title.call_number,
        subject=title.subject,
        here=len(here),
        copies=len(copies),
        branches=list(dict.fromkeys(item.branch.code for item in here)),
    )
