"""Test the demo library: the same numbers every time, changes kept, and each case as its name says."""

import re
import shutil
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import authenticate
from django.db import transaction
from django.db.models import F, Sum
from pytest_django import DjangoDbBlocker

from hub.catalogue.models import Branch, Item, ItemType, Title
from hub.circulation import cards, pins
from hub.circulation.domain_mapping import item_facts, patron_facts, the_policy
from hub.circulation.models import Card, Fee, Kiosk, Library, Loan, Patron, PatronCategory
from hub.circulation.operations import loan_changes
from hub.circulation.operations.context import Actor
from hub.circulation.snapshot import pages
from hub.core import small_cell_suppression
from hub.demo import keys, library
from hub.demo.sample_data import Cases
from hub.outreach.engagement.segments.audience import audience_of
from hub.outreach.patrons import records
from hub.outreach.recommendations.reading_profiles import segments
from hub.outreach.recommendations.reading_profiles.models import SegmentMembership
from hub.outreach.statistics import figures
from hub.outreach.statistics.figures import Selection
from hub.outreach.statistics.models import Borrower, Headcount
from lending import policy, wire
from lending.model import Block, Reason

NOW = datetime(2026, 11, 25, 6, 30, tzinfo=UTC)
CASES = Cases()
LISTED = CASES.as_lists()
PATRON_CASES = [
    "plain_1", "plain_2", "plain_3", "plain_4", "pin", "at_limit", "fees", "expired", "blocked", "lost_card", "overdue",
    "hold_ready", "child", "name_zh", "name_mn", "uid7_a", "uid7_b",
]  # fmt: skip
ITEM_CASES = [
    *[f"free_{number:02}" for number in range(1, 61)],
    "on_loan", "held_for_other", "reading_room", "lost", "no_renewals", "overdue", "classic",
]  # fmt: skip


def luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    return sum(digits[::2]) % 10 + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2]) % 10 in (0, 10)


def test_cases_are_those_that_visits_use() -> None:
    assert [patron["case"] for patron in LISTED["patrons"]] == PATRON_CASES
    assert [item["case"] for item in LISTED["items"]] == ITEM_CASES
    assert set(LISTED["patrons"][0]) == {"case", "identifier", "name", "card", "pin"}
    assert set(LISTED["items"][0]) == {"case", "barcode", "title", "type", "branch"}


def test_demo_numbers_are_constant() -> None:
    """Visits, screenshots and printed demo cards contain them."""
    by_case = {each["case"]: each for each in [*LISTED["patrons"], *LISTED["items"]]}
    assert by_case["plain_1"]["identifier"] == "21232940132966"
    assert by_case["free_01"]["barcode"] == "39257070388955"


def test_demo_never_touches_another_library(db: None) -> None:
    Library.objects.create(name="Another library")
    with pytest.raises(library.NotTheDemo):
        library.make(CASES, NOW)
    with pytest.raises(library.NotTheDemo):
        library.clear()
    assert Library.objects.get().name == "Another library"


def test_names_are_in_one_language_each(demo: Cases) -> None:
    for table in (Library, Branch, ItemType, PatronCategory):
        for row in table.objects.all():
            assert not re.search(r"[A-Za-z]", row.name), row.name
            assert re.fullmatch(r"[A-Za-z ]+", row.name_en), row.name_en
    assert not Fee.objects.exclude(note="").exists()


def test_numbers_have_fourteen_digits_with_a_check_digit() -> None:
    numbers = [each.identifier for each in CASES.patrons] + [each.barcode for each in CASES.items]
    assert all(re.fullmatch(r"[23]\d{13}", number) and luhn(number) for number in numbers)
    assert len(set(numbers)) == len(numbers)
    uids = [each.card for each in CASES.patrons]
    assert all(re.fullmatch(r"[0-9A-F]{8}|[0-9A-F]{14}", uid) for uid in uids)
    assert len(set(uids)) == len(uids)


def test_two_long_uids_share_their_first_eight_digits() -> None:
    one, other = CASES.patron("uid7_a").card, CASES.patron("uid7_b").card
    assert one != other
    assert one[:8] == other[:8]


def test_titles_are_in_three_scripts() -> None:
    titles = " ".join(item["title"] for item in LISTED["items"])
    assert re.search("[\u4e00-\u9fff]", titles)
    assert re.search("[A-Za-z]", titles)
    assert re.search("[Үү]", titles)


@pytest.fixture(scope="module")
def demo_state(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Path]:
    """Create the demo library once, because that takes seconds, and roll it back at the end."""
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        state = tmp_path_factory.mktemp("state")
        patch.setattr(django_settings, "STATE", state)
        library.make(CASES, NOW)
        keys.give_out()
        yield state
        transaction.set_rollback(True)


@pytest.fixture
def demo(demo_state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cases]:
    """Return the demo cases; a test's changes are rolled back, and its state directory is a copy."""
    monkeypatch.setattr(django_settings, "STATE", Path(shutil.copytree(demo_state, tmp_path, dirs_exist_ok=True)))
    with transaction.atomic():
        yield CASES
        transaction.set_rollback(True)


@pytest.mark.parametrize(("branch", "period"), [("", "month"), ("", "year"), ("east", "quarter")])
def test_every_dashboard_figure_is_published(demo: Cases, branch: str, period: str) -> None:
    selection = Selection(NOW.date(), period, branch)
    nights, heads, missed = figures.nights(selection), figures.heads(selection), figures.failed_searches(selection)
    assert small_cell_suppression.percent(nights.fresh, nights.contacts) == 81
    assert heads is not None and all(small_cell_suppression.round_down(each) for each in heads.values())
    assert all(each.late is not None and each.more is not None for each in figures.by_group(selection))
    assert missed.words and figures.calibration() and figures.cohort_retention()
    assert branch or sum(figures.faces(selection)) > small_cell_suppression.FEWEST


def test_figures_cover_all_demo_patrons(demo: Cases) -> None:
    everybody = set(Patron.objects.values_list("ref", flat=True))
    assert set(Borrower.objects.values_list("person__ref", flat=True)) <= everybody
    counted = Headcount.objects.filter(on=NOW.date()).aggregate(
        all=Sum(F("regular") + F("new") + F("lapsing") + F("lapsed"))
    )
    assert len(everybody) - len(CASES.patrons) <= counted["all"] <= len(everybody)
    assert figures.nights(Selection(NOW.date(), "month", "")).contacts == records.freshness(NOW).fields


def test_segments_cover_the_patrons_of_the_figures(demo: Cases) -> None:
    placed, report = set(SegmentMembership.objects.values_list("person", flat=True)), segments.stored_report()
    assert set(Borrower.objects.values_list("person", flat=True)) <= placed
    assert report is not None and sum(each.patrons for each in report.lines) == len(placed)
    assert all(small_cell_suppression.round_down(each.patrons) for each in report.lines)


def test_campaign_to_lapsed_patrons_reaches_more_than_the_smallest_group(demo: Cases) -> None:
    meant = set(SegmentMembership.objects.filter(segment="hibernating").values_list("person", flat=True))
    assert len(meant) == Headcount.objects.filter(on=NOW.date()).aggregate(all=Sum("lapsed"))["all"], "one meaning"
    assert len(meant) > audience_of(meant).count > small_cell_suppression.FEWEST


def patron(case: str) -> Patron:
    found: Patron = Patron.objects.get(identifier=CASES.patron(case).identifier)
    return found


def item(case: str) -> Item:
    barcode = next(each.barcode for each in CASES.items if each.case == case)
    found: Item = Item.objects.get(barcode=barcode)
    return found


def by() -> Actor:
    from hub.catalogue.models import Branch

    return Actor(branch=Branch.objects.get(code="main"), now=NOW)


def refusal(who: str, what: str) -> Reason | None:
    owner = patron(who)
    result = loan_changes.checkout(by(), owner, item(what), card=owner.cards.first())
    return result.reason if isinstance(result, Block) else None


REFUSALS = [
    ("plain_1", "free_01", None),
    ("plain_2", "free_60", None),
    ("name_zh", "free_55", None),
    ("name_mn", "free_05", None),
    ("uid7_a", "no_renewals", None),
    ("hold_ready", "held_for_other", None),
    ("child", "free_01", None),
    ("overdue", "free_01", None),
    ("at_limit", "free_01", Reason.LIMIT),
    ("fees", "free_01", Reason.FEES),
    ("expired", "free_01", Reason.CARD_EXPIRED),
    ("blocked", "free_01", Reason.CARD_BLOCKED),
    ("lost_card", "free_01", Reason.CARD_LOST),
    ("plain_1", "on_loan", Reason.ON_LOAN_TO_OTHER),
    ("plain_1", "overdue", Reason.ON_LOAN_TO_OTHER),
    ("plain_1", "held_for_other", Reason.HELD_FOR_OTHER),
    ("plain_1", "reading_room", Reason.READING_ROOM),
    ("plain_1", "lost", Reason.ITEM_LOST),
]


def test_each_case_has_the_expected_checkout_result(demo: Cases) -> None:
    """Each checkout is rolled back before the next."""
    found = []
    for who, what, _reason in REFUSALS:
        with transaction.atomic():
            found.append((who, what, refusal(who, what)))
            transaction.set_rollback(True)
    assert found == REFUSALS


def test_every_free_item_is_on_the_shelf(demo: Cases) -> None:
    free = Item.objects.filter(barcode__in=[each.barcode for each in CASES.items if each.case.startswith("free_")])
    assert {item_facts(each).status.value for each in free} == {"on_shelf"}
    assert free.count() == 60


def test_overdue_loan_is_overdue_and_the_express_item_cannot_be_renewed(demo: Cases) -> None:
    loan = Loan.objects.get(item=item("overdue"))
    assert loan.patron == patron("overdue")
    assert policy.is_overdue(the_policy(), loan.due, NOW)
    assert refusal("plain_1", "no_renewals") is None
    refused = loan_changes.renew(by(), patron("plain_1"), item("no_renewals"))
    assert refused == Block(Reason.NO_RENEWALS_LEFT, count=0)


def test_card_is_found_by_uid_and_number_and_its_pin_is_right(demo: Cases) -> None:
    for each in CASES.patrons[:5]:
        assert cards.holder_of(each.card) == cards.holder_of(each.identifier) == patron(each.case)
    card = Card.objects.get(hash=cards.hash_number(CASES.patron("pin").card))
    assert pins.check(card.patron, CASES.patron("pin").pin, NOW) == "right"
    assert patron_facts(patron("name_zh")).name == "欧**"


def test_second_run_keeps_changes(demo: Cases) -> None:
    loan_changes.checkout(by(), patron("plain_1"), item("free_01"))
    Patron.objects.filter(pk=patron("plain_2").pk).update(name="Lin Changed")
    counts = [table.objects.count() for table in (Patron, Item, Title, Loan, Card, Kiosk)]
    password = keys.staff_file().read_text()
    library.make(CASES, NOW + timedelta(days=3))
    keys.give_out()
    assert [table.objects.count() for table in (Patron, Item, Title, Loan, Card, Kiosk)] == counts
    assert patron("plain_2").name == "Lin Changed"
    assert item_facts(item("free_01")).holder == patron("plain_1").ref
    assert keys.staff_file().read_text() == password


def test_reset_restores_the_demo_library(demo: Cases) -> None:
    loan_changes.checkout(by(), patron("plain_1"), item("free_01"))
    library.clear()
    assert Patron.objects.count() == Item.objects.count() == Loan.objects.count() == 0
    library.make(CASES, NOW)
    assert item_facts(item("free_01")).status.value == "on_shelf"


def test_generated_staff_account_can_sign_in(demo: Cases) -> None:
    staff = tomllib.loads(keys.staff_file().read_text())["staff"]
    user = authenticate(username=staff["name"], password=staff["password"])
    assert user is not None and user.is_staff
    assert keys.staff_file().stat().st_mode & 0o077 == 0


def test_wrong_card_key_is_detected(demo: Cases, tmp_path: Path) -> None:
    (tmp_path / "card_key").write_text("00" * 32)
    with pytest.raises(cards.WrongCardKey, match="card_key"):
        library.make(CASES, NOW)


def test_kiosk_and_hub_decide_alike(demo: Cases) -> None:
    """Every patron with every kind of item, judged by the snapshot and by the hub."""
    page_bytes = pages.page("", NOW, Branch.objects.all()[0])
    assert page_bytes is not None
    page = wire.parse(wire.SnapshotPage, page_bytes)
    assert page.policy is not None
    kiosk_policy = wire.policy_from(page.policy)
    by_card = {each.card: wire.patron_from(each.patron) for each in page.cards}
    by_barcode = {each.id: wire.item_from(each) for each in page.items}
    kinds = ("free_01", "free_60", "on_loan", "held_for_other", "reading_room", "lost", "no_renewals", "overdue")
    for each in CASES.patrons:
        for kind in kinds:
            borrowed = item(kind)
            card = Card.objects.select_related("patron__category").get(hash=cards.hash_number(each.card))
            with transaction.atomic():
                at_the_hub = loan_changes.checkout(by(), card.patron, borrowed, card=card)
                transaction.set_rollback(True)
            at_the_kiosk = policy.checkout(kiosk_policy, by_card[card.hash], by_barcode[borrowed.barcode], "main", NOW)
            if isinstance(at_the_hub, Block):
                assert at_the_kiosk == at_the_hub, (each.case, kind)
            else:
                assert isinstance(at_the_kiosk, policy.Terms), (each.case, kind)
                assert at_the_kiosk.due == at_the_hub.due
