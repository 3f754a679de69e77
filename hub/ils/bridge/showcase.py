"""Collect what a kiosk shows without a card from outreach and the catalogue."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import Q

from hub.catalogue.models import Branch, Title
from hub.circulation.models import ClosedDay
from hub.core.public_url import public_url
from hub.ils.bridge import registrations
from hub.outreach.engagement.campaigns import posters
from hub.outreach.engagement.campaigns.models import Poster
from hub.outreach.engagement.feedback import programs
from hub.outreach.engagement.feedback.models import Asking, Session
from hub.outreach.engagement.feedback.surveys import kiosk_surveys
from hub.outreach.library_system.central import local_day, zone
from hub.outreach.recommendations.new_titles import listing
from lending import wire

NEWS = 7
"""New titles shown; at eight seconds each they take about a minute."""
COURSES = 12


def answer(branch: Branch, now: datetime) -> wire.ShowcaseAnswer:
    found = kiosk_surveys.anybodys(now, branch)
    sheet = kiosk_surveys.payload_for_kiosks(found) if found else {}
    return wire.ShowcaseAnswer(
        posters=wire_posters(branch, now),
        news=_news(now),
        resources=[
            wire.WireResource(
                name=_both(each.name, each.name_en),
                about=_both(each.words, each.words_en),
                link=each.url,
                access=each.access,
            )
            for each in programs.resources()
        ],
        courses=[_course(each) for each in programs.coming(now).filter(begins__gt=now, course__shown=True)[:COURSES]],
        sheet=wire.WireSheet(about=kiosk_surveys.survey_reference(found), form=sheet["form"]) if found else None,
        registers=registrations.form(),
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
        title=_both(each.title, each.title_en),
        words=_both(each.words, each.words_en),
        link=posters.address(each),
        first=each.first,
        last=each.last,
        begins=date.begins if date else None,
        place=_place(date) if date else {},
        session=date.pk if date else 0,
        full=bool(date and date.taken >= date.places),
        picture=wire.WirePicture(sha256=each.mark, width=each.width, height=each.height) if each.mark else None,
    )


def _place(date: Session) -> dict[str, str]:
    branch, room = date.branch, f", {date.room}" if date.room else ""
    return {"zh": f"{branch.name}{room}", "en": f"{branch.name_en or branch.name}{room}"}


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
            line={language: line for language, line in each.line.items() if line},
            link=each.url,
        )
        for each in shown
    ]


def _course(session: Session) -> wire.WireCourse:
    course = session.course
    return wire.WireCourse(
        name=_both(course.name, course.name_en),
        begins=session.begins,
        place=_place(session),
        link=public_url("portal:courses"),
        full=session.taken >= session.places,
        session=session.pk,
    )


def _both(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en or zh}
