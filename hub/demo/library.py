"""Create the demo library's rows where they are missing; rows changed since then are kept."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from hub.catalogue.marc import DescribedTitle
from hub.catalogue.marc_import import save_titles
from hub.catalogue.models import Branch, Isbn, Item, ItemType, Title
from hub.circulation import cards, models, pins
from hub.circulation.loan_rules import drafts
from hub.circulation.models import Library, Patron, PatronCategory, Rule
from hub.circulation.operations import fees, hold_queue, loan_changes
from hub.circulation.operations.context import Actor
from hub.core.retrying_transaction import atomic
from hub.demo import audit, collection, exception, feedback, figures, messages, outbox, patrons, reading
from hub.demo.sample_data import BOOK, EXPRESS, LIMIT_OF_VISITORS, READING_ROOM, SHORT, Cases, DemoItem, DemoPatron
from hub.ils.bridge import card_data
from hub.ils.bridge.feed_relay import carry
from hub.outreach.patrons.models import FeedPosition, Person
from lending.model import Block

NAME, NAME_EN = "湖滨图书馆", "Lakeside Library"
STAFF = "demo"
FEE = Decimal("35.00")
Result = TypeVar("Result")

OPEN = "09:00-21:00"
"""Opening hours of the demo library."""
BRANCHES = (("main", "总馆", "Main library", [0]), ("east", "东馆", "East branch", [0, 6]))
TYPES = (
    (BOOK, "图书", "Book"),
    (EXPRESS, "快借", "Express"),
    (SHORT, "短期", "Short loan"),
    (READING_ROOM, "阅览", "Reading room"),
)
CATEGORIES = (("adult", "成人", "Adult"), ("child", "少儿", "Child"), ("visitor", "访客", "Visitor"))
TERMS = {"adult": (28, 10, 2), "child": (21, 5, 2), "visitor": (14, LIMIT_OF_VISITORS, 1)}
"""Days, limit and renewals by category."""
MEMBERSHIP_FEES = {"adult": 20, "child": 0, "visitor": 0}


class NotTheDemo(Exception):
    """The database holds another library."""

    def __init__(self) -> None:
        super().__init__(
            "this hub keeps a library that is not the demo's: name another state directory with KIOSK_HUB_STATE, "
            "or an empty database with DATABASE_URL"
        )


def only_the_demos() -> None:
    """Raise NotTheDemo if the database holds a library that is not the demo's."""
    if Library.objects.exclude(name__startswith=NAME).exists():
        raise NotTheDemo


@atomic
def make(cases: Cases, now: datetime) -> None:
    """Create what is missing of the demo library, laid out around `now`.

    Raises NotTheDemo without having changed anything.
    """
    only_the_demos()
    library = Library.objects.first() or Library.objects.create(name=NAME, name_en=NAME_EN, charges=True)
    cards.hold_fast(library)
    _rules(now)
    fresh_patrons = [each for each in cases.patrons if not Patron.objects.filter(identifier=each.identifier).exists()]
    for each in fresh_patrons:
        _patron(each, now)
    known = set(Item.objects.values_list("barcode", flat=True))
    fresh = [each for each in cases.items if each.barcode not in known]
    _items(fresh)
    for item in fresh:
        _situation(item, cases, now)
    _holds(cases, now, fresh)
    if any(each.case == "fees" for each in fresh_patrons):
        lost = Item.objects.get(barcode=cases.item("lost").barcode)
        fees.charge(_actor_days_ago(now, 20), _patron_of_case(cases, "fees"), str(models.Fee.Kind.LOST), FEE, item=lost)
    carry()
    reading.make_habits(cases, now)
    patrons.make(cases, now)
    patrons.make_crowd(now)
    reading.make(cases, now)
    card_data.carry(now)
    feedback.make(cases, now)
    messages.make(cases, now)
    collection.make_new_titles(now)
    collection.make_covers(now)
    messages.make_campaigns(now)
    collection.make_shelves(now)
    figures.make(cases, now)
    audit.make(cases, now)
    exception.make(cases, now)


@atomic
def clear() -> None:
    """Delete every patron, item, loan and transaction. Raises NotTheDemo without having deleted anything."""
    only_the_demos()
    reading.clear_habits()
    patrons.clear()
    reading.clear()
    feedback.clear()
    messages.clear()
    outbox.clear()
    collection.clear_new_titles()
    collection.clear_covers()
    messages.clear_campaigns()
    collection.clear_shelves()
    figures.clear()
    audit.clear()
    Person.objects.all().delete()
    FeedPosition.objects.all().delete()
    drafts.TRIGGERS.remove()
    for table in (
        models.ExceptionCase,
        models.InHouseUse,
        models.PendingReturn,
        models.Renewal,
        models.Loan,
        models.Hold,
        models.PaymentPart,
        models.Payment,
        models.Fee,
        models.FeeRule,
        models.Card,
        models.Transaction,
        models.Kiosk,
        models.CirculationEvent,
        models.FeedCursor,
        models.ClosedDay,
        Rule,
        models.RuleVersion,
        Patron,
        PatronCategory,
        Item,
        Isbn,
        Title,
        ItemType,
        Branch,
        Library,
    ):
        table.objects.all().delete()
    drafts.TRIGGERS.install()


def _rules(now: datetime) -> None:
    places = {"return_place": "A", "hold_place": "B"}
    for code, name, english, closed in BRANCHES:
        names = {"name": name, "name_en": english}
        hours = ["" if day in closed else OPEN for day in range(7)]
        days = {"closed_weekdays": closed, "opening_hours": hours}
        Branch.objects.get_or_create(code=code, defaults={**names, **days, **places})
    for code, name, english in TYPES:
        ItemType.objects.get_or_create(code=code, defaults={"name": name, "name_en": english})
    for code, name, english in CATEGORIES:
        values = {"name": name, "name_en": english, "membership_months": 12, "membership_fee": MEMBERSHIP_FEES[code]}
        category, created = PatronCategory.objects.get_or_create(code=code, defaults=values)
        if created:
            _terms(category, *TERMS[code])
    for day in (date(now.year + 1, 1, 1), date(now.year, 10, 1), date(now.year + 1, 10, 1)):
        models.ClosedDay.objects.get_or_create(day=day, branch=None)


def _terms(category: PatronCategory, days: int, limit: int, renewals: int) -> None:
    common = {"category": category, "limit": limit}
    types = {row.code: row for row in ItemType.objects.all()}
    Rule.objects.create(**common, days=days, renewals=renewals)
    Rule.objects.create(**common, item_type=types[EXPRESS], days=7, renewals=0, type_limit=2)
    Rule.objects.create(**common, item_type=types[SHORT], hours=48, renewals=1)
    Rule.objects.create(**common, item_type=types[READING_ROOM], reading_room_only=True)


def _patron(each: DemoPatron, now: datetime) -> None:
    expired = each.case == "expired"
    patron = Patron.objects.create(
        identifier=each.identifier,
        ref=each.ref,
        name=each.name,
        category=PatronCategory.objects.get(code=each.category),
        status=Patron.Status.BLOCKED if each.case == "blocked" else Patron.Status.ACTIVE,
        expires=now.date() + timedelta(days=-30 if expired else 365),
        language=each.language,
    )
    status = "lost" if each.case == "lost_card" else "active"
    for number in (each.card, each.identifier):
        cards.enrol(patron, number, status)
    pins.set_pin(patron, each.pin)


def _items(fresh: list[DemoItem]) -> None:
    described = [each.title for each in fresh if isinstance(each.title, DescribedTitle)]
    titles = iter(save_titles(described))
    types = {row.code: row for row in ItemType.objects.all()}
    branches = {row.code: row for row in Branch.objects.all()}
    Item.objects.bulk_create(
        Item(
            barcode=each.barcode,
            title=next(titles) if isinstance(each.title, DescribedTitle) else _short_title(*each.title),
            type=types[each.type],
            branch=branches[each.branch],
        )
        for each in fresh
    )


def _short_title(title: str, author: str, call_number: str, language: str) -> Title:
    kept, _ = Title.objects.get_or_create(
        title=title,
        control_number=None,
        defaults={"author": author, "call_number": call_number, "language": language, "subject": call_number[0]},
    )
    return kept


def _situation(each: DemoItem, cases: Cases, now: datetime) -> None:
    """Put a special item into the state that its case names."""
    item = Item.objects.get(barcode=each.barcode)
    match each.case:
        case "on_loan":
            _unless_blocked(loan_changes.checkout(_actor_days_ago(now, 3), _patron_of_case(cases, ""), item))
        case "overdue":
            _unless_blocked(loan_changes.checkout(_actor_days_ago(now, 45), _patron_of_case(cases, "overdue"), item))
        case "held_for_other":
            by = _actor_days_ago(now, 1)
            _unless_blocked(hold_queue.place(by, _patron_of_case(cases, "hold_ready"), item.title, item.branch))
            _unless_blocked(hold_queue.trap(by, item))
        case "lost":
            _unless_blocked(loan_changes.lose(_actor_days_ago(now, 90), item))
        case case if case.startswith("taken_"):
            _unless_blocked(loan_changes.checkout(_actor_days_ago(now, 5), _patron_of_case(cases, "at_limit"), item))


def _holds(cases: Cases, now: datetime, fresh: list[DemoItem]) -> None:
    """Let two patrons wait for books that are on the shelf, so that there is something to pull at each branch."""
    for number, (who, case) in enumerate((("uid7_a", "free_56"), ("uid7_b", "free_57")), start=1):
        wanted = next((each for each in fresh if each.case == case), None)
        if wanted is not None:
            item = Item.objects.select_related("title", "branch").get(barcode=wanted.barcode)
            _unless_blocked(
                hold_queue.place(_actor_days_ago(now, number), _patron_of_case(cases, who), item.title, item.branch)
            )


def _patron_of_case(cases: Cases, case: str) -> Patron:
    return Patron.objects.get(identifier=cases.patron(case).identifier)


def _actor_days_ago(now: datetime, days_ago: int) -> Actor:
    return Actor(branch=Branch.objects.get(code="main"), now=now - timedelta(days=days_ago), staff=STAFF)


def _unless_blocked(result: Result | Block) -> Result:
    if isinstance(result, Block):
        raise RuntimeError(f"the demo library contradicts its own rules: {result.reason}")
    return result
