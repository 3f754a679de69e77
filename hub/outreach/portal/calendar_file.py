"""Write a date of an event or course as a calendar file. Source: RFC 5545."""

from datetime import UTC, datetime

from hub.outreach.engagement.feedback.models import Session

LONGEST = 75
"""Octets of a line; longer ones are folded."""


def calendar_file(session: Session, url: str, now: datetime) -> str:
    """Return the iCalendar text for a date, with the address of its page."""
    place = ", ".join(part for part in (str(session.branch), session.room) if part)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Library kiosk//Events//EN",
        "BEGIN:VEVENT",
        f"UID:session-{session.pk}-{session.course_id}@library-kiosk",
        f"DTSTAMP:{_utc(now)}",
        f"DTSTART:{_utc(session.begins)}",
        f"DTEND:{_utc(session.ends)}",
        f"SUMMARY:{_escape(str(session.course))}",
        f"LOCATION:{_escape(place)}",
        f"URL:{url}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_fold(each)}\r\n" for each in lines)


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escape(text: str) -> str:
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())


def _fold(line: str) -> str:
    """Break a line before the octet limit, between characters."""
    rows, used = [""], 0
    for sign in line:
        size = len(sign.encode())
        if used + size > LONGEST:
            rows.append(" ")
            used = 1
        rows[-1] += sign
        used += size
    return "\r\n".join(rows)
