"""Invent the demo patrons' feedback: questions, ratings, suggestions, questionnaires, bookings."""

from datetime import datetime, timedelta
from random import Random

from django.contrib.auth.models import User
from django.utils import timezone

from hub.catalogue.models import Branch, Isbn, Title
from hub.demo import feedback_texts as words
from hub.demo.keys import LIBRARIAN
from hub.demo.sample_data import Cases
from hub.outreach.engagement.feedback import comments, models, programs, suggestions, tickets
from hub.outreach.engagement.feedback.surveys import rounds
from hub.outreach.patrons.models import Person

UNREAD = 3
"""Index of the question whose answer is unread."""
MADE = "demo"
"""Intake key that marks the feedback as created."""


def make(cases: Cases, now: datetime) -> None:
    """Create the feedback, once. All answers count as read except one, which waits for its patron."""
    if not models.Intake.objects.get_or_create(pk=MADE)[1]:
        return
    people = [_person(cases, case, now) for case in words.WHO]
    staff, _new = User.objects.get_or_create(username=LIBRARIAN, defaults={"is_staff": True, "is_superuser": True})
    main, east = Branch.objects.get(code="main"), Branch.objects.get(code="east")
    _faces(now, main, east)
    _books(now)
    _feedback(now, main, people, staff)
    _tickets(now, main, people, staff)
    _suggestions(now, people)
    _questionnaires(now, main, east)
    _training(now, main, east, people)


def clear() -> None:
    """Delete all of it."""
    for table in (
        models.Ticket, models.Published, models.Feedback, models.SmileyRating, models.Suggestion, models.Questionnaire,
        models.Course, models.MissedSearch, models.Resource, models.Intake, models.TitleRating,
    ):  # fmt: skip
        table.objects.all().delete()


def _person(cases: Cases, case: str, now: datetime) -> Person:
    return Person.objects.get_or_create(ref=cases.patron(case).ref, defaults={"since": now})[0]


def _faces(now: datetime, main: Branch, east: Branch) -> None:
    """Create twelve weeks of smileys: one branch improves, the other declines slightly."""
    chance, faces = Random(24), []
    for day in range(84):
        on = timezone.localtime(now - timedelta(days=day)).date()
        for branch, most, weights in (
            (main, 9, (2 + day // 12, 3 + day // 14, 6, 14, 16 - day // 10)),
            (east, 4, (4 - day // 28, 4, 6, 8, 5 + day // 20)),
        ):
            if on.weekday() in branch.closed_weekdays:
                continue
            touched = chance.choices((1, 2, 3, 4, 5), weights, k=chance.randint(most // 2, most))
            faces += [models.SmileyRating(face=face, branch=branch, on=on) for face in touched]
    models.SmileyRating.objects.bulk_create(faces)


def _books(now: datetime) -> None:
    """Create title ratings on return, most of them good."""
    chance, month = Random(11), timezone.localtime(now).date().replace(day=1)
    models.TitleRating.objects.bulk_create(
        models.TitleRating(title=title, month=month, face=face, count=chance.randint(1, most))
        for title in Title.objects.order_by("pk")[:12]
        for face, most in ((1, 5), (2, 8), (3, 19))
    )


def _feedback(now: datetime, main: Branch, people: list[Person], staff: User) -> None:
    for number, (days, face, text, linked) in enumerate(words.FEEDBACK):
        who = people[number % len(people)] if linked else None
        comments.take(f"{MADE}-f{number}", now - timedelta(days=days), main, face=face, words=text, person=who)
    rows = list(models.Feedback.objects.order_by("pk"))
    said, did, said_en, did_en = words.PUBLISHED
    rows[0].answer, rows[0].owner = did, staff
    rows[0].answered_at = rows[0].read_at = now - timedelta(days=9)
    rows[0].save()
    comments.publish(rows[0], said, did, said_en, did_en, now - timedelta(days=9))
    comments.assign(rows[1], staff)


def _tickets(now: datetime, main: Branch, people: list[Person], staff: User) -> None:
    for number, (hours, topic, text, answer) in enumerate(words.QUESTIONS):
        at = now - timedelta(hours=hours)
        ticket = tickets.ask(people[number % len(people)], topic, text, at, main, f"{MADE}-t{number}")
        if ticket is None:
            continue
        if answer:
            then = at + timedelta(hours=3)
            read = None if number == UNREAD else then + timedelta(hours=20)
            models.TicketMessage.objects.create(
                ticket=ticket, by_staff=True, author=staff, words=answer, at=then, read_at=read
            )
            ticket.state, ticket.due, ticket.owner = models.Ticket.State.ANSWERED, None, staff
            ticket.save()
        elif number == 0:
            tickets.hand_over(ticket, staff)


def _suggestions(now: datetime, people: list[Person]) -> None:
    held = Isbn.objects.order_by("pk").values_list("isbn13", flat=True).first()
    asked = [*words.WISHES, *([(held, 1, "", "")] if held else [])]
    for number, (text, times, state, reason) in enumerate(asked):
        at = now - timedelta(days=3 + 4 * number)
        made = None
        for again in range(times):
            who = people[(number + again) % len(people)] if again < 2 else None
            made = suggestions.suggest(f"{MADE}-s{number}-{again}", at, text, who)
        if made is not None and state:
            made.state, made.reason, made.changed_at = state, reason, at + timedelta(days=2)
            made.save(update_fields=("state", "reason", "changed_at"))
            made.wishes.update(read=state)


def _questionnaires(now: datetime, main: Branch, east: Branch) -> None:
    today = timezone.localtime(now).date()
    visit = rounds.keep("visit", words.VISIT, now - timedelta(days=20))
    rounds.open_it(visit, today - timedelta(days=18), today + timedelta(days=20))
    chance = Random(25)
    for number in range(46):
        mood = chance.choices((1, 2, 3, 4, 5), (2, 5, 8, 20, 22))[0]
        sheet: dict[str, object] = {"mood": mood, "used": chance.sample(["loan", "room", "kiosk", "course"], 2)}
        if mood < 4:
            sheet["better"] = chance.choice(words.BETTER)
        at = now - timedelta(days=chance.randint(0, 17))
        branch = east if chance.random() < 0.3 else main
        rounds.take("visit", 1, sheet, f"{MADE}-q{number}", at, branch=branch, kiosk="front")
    rounds.keep("recommend", words.RECOMMEND, now - timedelta(days=1))


def _training(now: datetime, main: Branch, east: Branch, people: list[Person]) -> None:
    for number, (name, name_en, text, text_en) in enumerate(words.COURSES):
        course = models.Course.objects.create(name=name, name_en=name_en, words=text, words_en=text_en)
        for days in (-20, 5 + 3 * number, 33 + number):
            day = timezone.localtime(now + timedelta(days=days)).replace(hour=14, minute=0, second=0, microsecond=0)
            _session(course, main, day, now, people[: 3 - number])
    for text, times in words.MISSED:
        for again in range(times):
            programs.count_failed_search(text, now - timedelta(days=4 * again), (east if again % 2 else main).code)
    for number, (name, name_en, url, text, text_en, access) in enumerate(words.RESOURCES):
        models.Resource.objects.create(
            name=name, name_en=name_en, url=url, words=text, words_en=text_en, access=access, place=number
        )


def _session(course: models.Course, main: Branch, begins: datetime, now: datetime, people: list[Person]) -> None:
    over = begins < now
    session = models.Session.objects.create(
        course=course, branch=main, room=words.ROOM, begins=begins, ends=begins + timedelta(hours=1), places=12
    )
    state = models.Booking.State.CAME if over else models.Booking.State.BOOKED
    for person in people:
        models.Booking.objects.create(session=session, person=person, state=state, at=begins - timedelta(days=6))
    if over:
        session.came, session.stayed_away = len(people), 1
        session.save(update_fields=("came", "stayed_away"))
