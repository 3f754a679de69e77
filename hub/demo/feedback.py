"""Invent the demo patrons' feedback: questions, ratings, suggestions, questionnaires, bookings."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from hub.catalogue.models import Branch, Isbn, Title
from hub.demo.keys import LIBRARIAN
from hub.demo.sample_data import Cases
from hub.outreach.engagement.feedback import comments, models, programs, suggestions, tickets
from hub.outreach.engagement.feedback.questionnaire_editor import EXAMPLE
from hub.outreach.engagement.feedback.surveys import rounds
from hub.outreach.patrons.models import Person

WHO = ("name_mn", "uid7_a", "name_zh")
"""Cases of the patrons who give feedback."""

FEEDBACK = (
    (12, 2, "二楼阅览室靠窗的灯太暗，傍晚看书很吃力。", True),
    (2, 2, "自助机旁边没有放书包的地方，借书时很不方便。", True),
    (1, 4, "The new opening hours on Saturday are a great help. Could the café open as early?", False),
    (6, 1, "少儿区周末太吵了，希望能有一个安静的角落。", False),
    (0, 5, "馆员帮我找到了一本很久以前的地方志，非常感谢！", True),
)
"""Days ago, smiley, text, and whether it was given with a card."""

PUBLISHED = (
    "二楼阅览室光线太暗",
    "靠窗座位已换上新灯，傍晚也能看清",
    "The reading room on the second floor was too dark",
    "New lamps stand at the seats by the window",
)

QUESTIONS = (
    (60, "study", "想找内蒙古西部草原生态方面的论文，应该用哪个数据库？", ""),
    (90, "find", "《额尔古纳河右岸》有没有大字版？", ""),
    (5, "digital", "How do I read e-books at home? The page asks me for a password.", ""),
    (120, "card", "孩子的读者证丢了，补办需要带什么？", "请带户口簿或学生证，在服务台当场补办；已借的书不受影响。"),
    (200, "visit", "周日东馆的自习室开放吗？", "东馆周日闭馆；总馆周日自习室 9:00 开放，欢迎您来。"),
)
"""Hours ago, topic, text, answer."""

WISHES = (
    ("《额尔古纳河右岸》大字版", 3, "", ""),
    ("978-7-100-12388-4", 2, "", ""),
    ("978-7-5302-1109-0", 4, "ordered", ""),
    ("草原生态学导论（示例）", 2, "arrived", ""),
    ("A Field Guide to Steppe Birds (example)", 1, "declined", "馆内已有同类图鉴三种，可在总馆 Q 类架借阅。"),
)
"""Title or ISBN, number of requests, result, and its reason."""

BETTER = ("多开几台自助机", "希望晚上延长开放时间", "Longer opening hours, please", "新书上架可以更快一些")

RECOMMEND: dict[str, Any] = {
    "title": {"default": "Would you recommend us?", "zh-cn": "您会推荐我们吗？"},
    "elements": [
        {
            "type": "rating",
            "name": "likely",
            "title": {
                "default": "How likely would you recommend us to a friend?",
                "zh-cn": "您有多大可能向朋友推荐本馆？",
            },
            "rateMin": 0,
            "rateMax": 10,
            "minRateDescription": {"default": "not at all", "zh-cn": "不会推荐"},
            "maxRateDescription": {"default": "very likely", "zh-cn": "一定推荐"},
        }
    ],
}

COURSES = (
    (
        "目录检索入门",
        "First steps in searching",
        "学会用目录、索引和文摘查找图书和文章。时长一小时，无需基础。",
        "Find a book or an article by catalogue, index and abstract; one hour, no knowledge needed.",
    ),
    (
        "学位论文怎么找",
        "How to find a thesis",
        "馆内可用的论文数据库、检索式的写法和全文获取。",
        "The databases of theses here, how to write a query, and how to get the full text.",
    ),
)
ROOM = "报告厅 Lecture hall"
MISSED = (("知网", 14), ("steppe ecology", 8), ("家谱", 3), ("扫描仪", 2), ("一次而已", 1))

RESOURCES = (
    (
        "示例学术期刊库",
        "Example Journals",
        "https://journals.example/",
        "中文学术期刊全文，馆内免费使用。",
        "Chinese academic journals in full text, free in the library.",
        "house",
    ),
    (
        "示例地方文献库",
        "Example Local History",
        "https://local.example/",
        "地方志、家谱与老照片，对所有人开放。",
        "Local chronicles, genealogies and old photographs, open to all.",
        "all",
    ),
    (
        "示例电子书",
        "Example E-books",
        "https://ebooks.example/",
        "三万种电子书，凭读者证在家阅读。",
        "Thirty thousand e-books, to be read at home with a card.",
        "card",
    ),
)


UNREAD = 3
"""Index of the question whose answer is unread."""
MADE = "demo"
"""Intake key that marks the feedback as created."""


def make(cases: Cases, now: datetime) -> None:
    """Create the feedback, once. All answers count as read except one, which waits for its patron."""
    if not models.Intake.objects.get_or_create(pk=MADE)[1]:
        return
    people = [Person.objects.get_or_create(ref=cases.patron(case).ref, defaults={"since": now})[0] for case in WHO]
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
    for number, (days, face, text, linked) in enumerate(FEEDBACK):
        patron = people[number % len(people)] if linked else None
        comments.take(f"{MADE}-f{number}", now - timedelta(days=days), main, face=face, words=text, person=patron)
    rows = list(models.Feedback.objects.order_by("pk"))
    said, did, said_en, did_en = PUBLISHED
    rows[0].answer, rows[0].owner = did, staff
    rows[0].answered_at = rows[0].read_at = now - timedelta(days=9)
    rows[0].save()
    comments.publish(rows[0], {"zh": said, "en": said_en}, {"zh": did, "en": did_en}, now - timedelta(days=9))
    comments.assign(rows[1], staff)


def _tickets(now: datetime, main: Branch, people: list[Person], staff: User) -> None:
    for number, (hours, topic, text, answer) in enumerate(QUESTIONS):
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
    asked = [*WISHES, *([(held, 1, "", "")] if held else [])]
    for number, (text, times, state, reason) in enumerate(asked):
        at = now - timedelta(days=3 + 4 * number)
        made = None
        for again in range(times):
            patron = people[(number + again) % len(people)] if again < 2 else None
            made = suggestions.suggest(f"{MADE}-s{number}-{again}", at, text, patron)
        if made is not None and state:
            made.state, made.reason, made.changed_at = state, reason, at + timedelta(days=2)
            made.save(update_fields=("state", "reason", "changed_at"))
            made.wishes.update(read=state)


def _questionnaires(now: datetime, main: Branch, east: Branch) -> None:
    today = timezone.localtime(now).date()
    visit = rounds.keep("visit", EXAMPLE, now - timedelta(days=20))
    rounds.open_it(visit, today - timedelta(days=18), today + timedelta(days=20))
    chance = Random(25)
    for number in range(46):
        mood = chance.choices((1, 2, 3, 4, 5), (2, 5, 8, 20, 22))[0]
        sheet: dict[str, object] = {"mood": mood, "used": chance.sample(["loan", "room", "kiosk", "course"], 2)}
        if mood < 4:
            sheet["better"] = chance.choice(BETTER)
        at = now - timedelta(days=chance.randint(0, 17))
        branch = east if chance.random() < 0.3 else main
        rounds.take("visit", 1, sheet, f"{MADE}-q{number}", at, branch=branch, kiosk="front")
    rounds.keep("recommend", RECOMMEND, now - timedelta(days=1))


def _training(now: datetime, main: Branch, east: Branch, people: list[Person]) -> None:
    for number, (name, name_en, text, text_en) in enumerate(COURSES):
        course = models.Course.objects.create(name={"zh": name, "en": name_en}, words={"zh": text, "en": text_en})
        for days in (-20, 5 + 3 * number, 33 + number):
            day = timezone.localtime(now + timedelta(days=days)).replace(hour=14, minute=0, second=0, microsecond=0)
            _session(course, main, day, now, people[: 3 - number])
    for text, times in MISSED:
        for again in range(times):
            programs.count_failed_search(text, now - timedelta(days=4 * again), (east if again % 2 else main).code)
    for number, (name, name_en, url, text, text_en, access) in enumerate(RESOURCES):
        models.Resource.objects.create(
            name={"zh": name, "en": name_en}, url=url, words={"zh": text, "en": text_en}, access=access, place=number
        )


def _session(course: models.Course, main: Branch, begins: datetime, now: datetime, people: list[Person]) -> None:
    over = begins < now
    session = models.Session.objects.create(
        course=course, branch=main, room=ROOM, begins=begins, ends=begins + timedelta(hours=1), places=12
    )
    state = models.Booking.State.CAME if over else models.Booking.State.BOOKED
    for person in people:
        models.Booking.objects.create(session=session, person=person, state=state, at=begins - timedelta(days=6))
    if over:
        session.came, session.stayed_away = len(people), 1
        session.save(update_fields=("came", "stayed_away"))
