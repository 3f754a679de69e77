"""Test the lists of patrons, items, loans, holds and fees, and what their buttons do and undo."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hub.catalogue.models import Branch, Item, ItemType
from hub.circulation.models import Card, Fee, Hold, Library, Loan, Patron, Rule
from hub.circulation.operations import fees, hold_queue, loan_changes
from hub.circulation.operations.context import OperationResult
from hub.core.pages import formatting
from hub.core.pages.page import ROWS
from hub.ils.bridge.feed_relay import carry
from lending.transactions import ReturnMode
from tests.hub.staff import staff_client as graces
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import ADA_UID, World


def test_today_counts_exceptions_pending_returns_and_holds(world: World, grace: Grace) -> None:
    assert "No open tasks" in grace.page("today")
    loan_changes.checkout(world.by, world.lin, world.emma)
    loan_changes.checkin(world.by, world.emma, ReturnMode.PROVISIONAL)
    world.upload_all(world.checkout(world.dune, "04FFFFFF", no_block=True))
    world.place_hold(world.ada, world.utopia)
    page = grace.page("today")
    assert "Wed 25 Nov 3 open tasks, most urgent first" in page
    assert "1 Exceptions Oldest since today 14:30 Decide" in page
    assert "1 Returned, not checked Oldest since today 14:30" in page
    assert "1 Holds to pull Oldest since today 14:30" in page


def test_today_counts_overdue_loans(world: World, grace: Grace) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    assert "Overdue loans" not in grace.page("today")
    world.advance(days=30)
    grace.sign_in()
    assert "1 Overdue loans Oldest since Wed 23 Dec 23:59" in grace.page("today")


def test_today_shows_four_weeks_of_loans_without_undone_ones(world: World, grace: Grace) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    world.advance(days=3)
    grace.sign_in()
    loan_changes.checkout(world.by, world.ada, world.emma)
    grace.undo_entry(grace.enter(world.utopia.barcode, world.ada)["line"]["undo"])
    carry()
    page = grace.page("today")
    assert "2 loans in 4 weeks" in page
    assert "Wed 25 Nov: 1 loans" in page
    assert "Sat 28 Nov: 1 loans" in page
    assert "a year ago" not in page
    world.advance(days=364)
    grace.sign_in()
    assert "0 loans in 4 weeks 100 % fewer than 1 year ago" in grace.page("today")


def test_day_begins_at_midnight_in_the_librarys_time_zone(world: World, grace: Grace) -> None:
    """23:30 UTC is the next morning in Shanghai."""
    world.advance(hours=17)
    grace.sign_in()
    loan_changes.checkout(world.by, world.ada, world.dune)
    carry()
    assert "Thu 26 Nov: 1 loans" in grace.page("today")


@pytest.mark.parametrize("typed", ["үлгэр", "ҮЛГЭР", "Жиш"])
def test_name_search_ignores_case_in_every_script(world: World, grace: Grace, typed: str) -> None:
    Patron.objects.filter(pk=world.lin.pk).update(name="Үлгэр Жишээ")
    assert "Үлгэр Ж." in grace.page("patrons", query=f"?q={typed}")


@pytest.mark.parametrize("query", ["?q=sample", f"?q={ADA_UID}", "?q=20000000000012", "?q=0012", "?q=Ada+Sam"])
def test_patron_is_found_by_name_number_or_card_with_a_masked_name(world: World, grace: Grace, query: str) -> None:
    page = grace.page("patrons", query=query)
    assert "Ada S. ···0012" in page
    assert "Sample" not in page
    assert ("林**" in page) == (query == "?q=sample" and "林样本".startswith("sample"))


def test_patron_list_filters_by_fees_and_status(world: World, grace: Grace) -> None:
    fees.charge(world.by, world.ada, "other", Decimal(3))
    Patron.objects.filter(pk=world.lin.pk).update(status=Patron.Status.BLOCKED)
    owing, blocked = grace.page("patrons", query="?show=owing"), grace.page("patrons", query="?show=blocked")
    assert ("Ada S." in owing, "林**" in owing, "3.00 CNY" in owing) == (True, False, True)
    assert ("Ada S." in blocked, "林**" in blocked, "Patron is blocked" in blocked) == (False, True, True)
    assert "No patron found" in grace.page("patrons", query="?show=expired")
    Patron.objects.filter(pk=world.lin.pk).update(status=Patron.Status.PROVISIONAL)
    provisional = grace.page("patrons", query="?show=provisional")
    assert "Ada S." not in provisional and "林**" in provisional and "ID not checked yet" in provisional
    assert "No patron found" in grace.page("patrons", query="?show=blocked")


def test_long_lists_have_pages_that_keep_the_filter(world: World, grace: Grace) -> None:
    for number in range(ROWS + 1):
        Patron.objects.create(identifier=f"2100{number:010}", name=f"Pat Number{number:03}", category=world.adult)
    assert "Page 1 of 2, 26 rows" in grace.page("patrons", query="?q=pat")
    response = grace.client.get("/staff/patrons/?q=pat")
    assert b'href="?q=pat&amp;page=2"' in response.content
    assert "Page 2 of 2" in grace.page("patrons", query="?q=pat&page=2")


def test_patron_page_shows_full_name_loans_holds_fees_and_cards(world: World, grace: Grace) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    hold_queue.place(world.by, world.ada, world.emma.title, world.main)
    fees.charge(world.by, world.ada, "damage", Decimal("4.50"), item=world.utopia)
    page = " ".join(grace.page(f"patron{tab}", world.ada.pk) for tab in ("", "_loans", "_holds", "_fees"))
    for words in ("Ada Sample", "Dune", "Wed 23 Dec", "Emma", "Utopia", "damage", "4.50 CNY", "1 / 3", "···B2C3"):
        assert words in page


def test_card_reported_lost_can_be_reactivated(world: World, grace: Grace) -> None:
    card = Card.objects.get(patron=world.ada, last4="B2C3")
    assert "Card ···B2C3: lost" in grace.post("card", card.pk, "lost")
    assert grace.enter(ADA_UID)["line"]["words"] == "Card reported lost"
    assert "card_status" in world.event_kinds()
    assert "Card ···B2C3: active" in grace.post("card", card.pk, "active")
    assert grace.enter(ADA_UID)["kind"] == "patron"


def test_lost_card_report_can_be_undone(world: World, grace: Grace) -> None:
    card = Card.objects.get(patron=world.ada, last4="B2C3")
    assert "Card ···B2C3: active" in grace.post_and_undo("card", card.pk, "lost")


def test_blocked_patron_cannot_borrow_until_unblocked(world: World, grace: Grace) -> None:
    grace.post("patron_status", world.ada.pk, "blocked")
    assert grace.enter(world.dune.barcode, world.ada)["line"]["words"] == "Patron is blocked"
    grace.post("patron_status", world.ada.pk, "active")
    assert grace.enter(world.dune.barcode, world.ada)["line"]["words"] == "Checked out"


def test_unknown_status_is_not_found(world: World, grace: Grace) -> None:
    assert grace.client.post(f"/staff/patrons/{world.ada.pk}/dancing/").status_code == 404
    assert grace.client.post(f"/staff/cards/{Card.objects.all()[0].pk}/dancing/").status_code == 404


def test_payment_on_the_patron_page_shows_the_change(world: World, grace: Grace) -> None:
    fees.charge(world.by, world.ada, "other", Decimal("12.50"))
    assert "Payment taken: 10.00 CNY" in grace.post("pay", world.ada.pk, amount="10")
    assert "Payment taken: 2.50 CNY. Give change: 7.50 CNY" in grace.post("pay", world.ada.pk, amount="10,00")
    assert Fee.objects.get().paid == Decimal("12.50")


@pytest.mark.parametrize("amount", ["", "0", "-3", "1.005", "a lot", "NaN", "Infinity", "1e9"])
def test_invalid_amount_takes_no_payment(world: World, grace: Grace, amount: str) -> None:
    fees.charge(world.by, world.ada, "other", Decimal("12.50"))
    assert "Enter an amount above 0" in grace.post("pay", world.ada.pk, amount=amount)
    assert Fee.objects.get().paid == 0


def test_renewal_can_be_undone_and_is_limited(world: World, grace: Grace) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    world.advance(days=7)
    grace.sign_in()
    loan = world.loans(world.dune)[0]
    assert "Undone" in grace.post_and_undo("renew", world.ada.pk, loan=str(loan.pk))
    assert world.loans(world.dune)[0].due == loan.due
    assert "Renewed until Wed 30 Dec" in grace.post("renew", world.ada.pk, loan=str(loan.pk))
    assert "Already renewed 1 times" in grace.post("renew", world.ada.pk, loan=str(loan.pk))


def test_renewals_left_follow_the_current_rules(world: World, grace: Grace) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    assert "1 renewal left" in grace.page("patron_loans", world.ada.pk)
    Rule.objects.create(category=world.ada.category, item_type=world.book, days=28, limit=3, renewals=3)
    assert "3 renewals left" in grace.page("patron_loans", world.ada.pk)
    world.make_due_soon()
    grace.post("renew", world.ada.pk, loan=str(world.loans(world.dune)[0].pk))
    assert "2 renewals left" in grace.page("patron_loans", world.ada.pk)


def test_renew_all_counts_the_renewed_loans(world: World, grace: Grace) -> None:
    for item in (world.dune, world.emma):
        loan_changes.checkout(world.by, world.ada, item)
    world.make_due_soon()
    world.place_hold(world.lin, world.emma)
    assert "1 of 2 renewed" in grace.post("renew", world.ada.pk)


def test_item_list_shows_and_filters_by_status(world: World, grace: Grace) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    loan_changes.checkout(world.by, world.ada, world.emma)
    loan_changes.checkin(world.by, world.emma, ReturnMode.PROVISIONAL)
    page = grace.page("items")
    for words in ("Book Main On loan Wed 23 Dec", "Returned, not checked", "On the shelf"):
        assert words in page
    assert "Dune" not in grace.page("items", query="?show=here")
    assert "Dune" in grace.page("items", query="?q=herbert")
    assert "No item found" in grace.page("items", query="?q=xyzzy")


def test_item_page_masks_the_borrower(world: World, grace: Grace) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    page = grace.page("item", world.dune.pk)
    assert "Ada S. ···0012" in page
    assert "Sample" not in page


def test_lost_item_can_be_undone_or_checked_in(world: World, grace: Grace) -> None:
    assert "Returned" in grace.post_and_undo("lose", world.dune.pk)
    grace.post("lose", world.dune.pk)
    assert "Lost" in grace.post("lose", world.dune.pk)
    assert "Dune" in grace.page("items", query="?show=lost")
    grace.post("receive", world.dune.pk)
    assert "No item found" in grace.page("items", query="?show=lost")


def test_loan_list_filters_by_state_text_and_patron(world: World, grace: Grace) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    loan_changes.checkout(world.by, world.ada, world.emma)
    loan_changes.checkin(world.by, world.emma, ReturnMode.PROVISIONAL)
    loan_changes.checkout(world.by, world.ada, world.utopia)
    loan_changes.receive(world.by, world.utopia)
    for show, title in (("open", "Dune"), ("handed_in", "Emma"), ("closed", "Utopia")):
        page = grace.page("loans", query=f"?show={show}")
        assert [each for each in ("Dune", "Emma", "Utopia") if each in page] == [title]
    assert "No loans" in grace.page("loans", query="?show=late")
    world.advance(days=30)
    grace.sign_in()
    assert "Dune" in grace.page("loans", query="?show=late")
    assert "Dune" in grace.page("loans", query="?q=dun&show=late")
    assert "Dune" in grace.page("loans", query=f"?patron={world.ada.ref}")
    assert "No loans" in grace.page("loans", query=f"?patron={world.lin.ref}")
    assert "No loans" in grace.page("loans", query="?q=xyzzy")


def test_hold_moves_from_the_pull_list_to_the_hold_shelf(world: World, grace: Grace) -> None:
    world.place_hold(world.lin, world.dune)
    page = grace.page("holds")
    assert "To pull from shelf 1 To trap 0 Ready 0 Waiting 0" in page
    assert "林** ···0020" in page
    assert "30000000000011 Main" in page
    assert "Hold shelf 0020, until Wed 2 Dec" in grace.post("trap", barcode=world.dune.barcode)
    assert "To pull from shelf 0 To trap 0 Ready 1 Waiting 0" in grace.page("holds")
    assert "Shelf 0020, until Wed 2 Dec" in grace.page("holds", query="?show=ready")


def test_hold_waits_for_a_loaned_item_and_is_trapped_after_its_return(world: World, grace: Grace) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    world.place_hold(world.lin, world.dune)
    assert "To pull from shelf 0 To trap 0 Ready 0 Waiting 1" in grace.page("holds")
    loan_changes.checkin(world.by, world.dune, ReturnMode.PROVISIONAL)
    assert "To pull from shelf 0 To trap 1 Ready 0 Waiting 0" in grace.page("holds")


def test_cancellation_of_a_hold_needs_a_reason_and_can_be_undone(world: World, grace: Grace) -> None:
    hold = world.place_hold(world.lin, world.dune)
    assert "Enter a reason" in grace.post("cancel", hold.pk)
    assert "is back at its place" in grace.post_and_undo("cancel", hold.pk, why="found another copy")
    assert [each.state for each in Hold.objects.all()] == [Hold.State.WAITING]


def test_redirect_after_a_post_stays_on_this_site(world: World, grace: Grace) -> None:
    for back, home in (("/staff/patrons/1/", "/staff/patrons/1/"), ("https://evil.example/", "/staff/holds/")):
        hold = world.place_hold(world.lin, world.dune)
        response = grace.client.post(f"/staff/holds/{hold.pk}/cancel/", {"back": back, "why": "not needed"})
        assert response["Location"] == home


def test_fees_are_listed_until_paid(world: World, grace: Grace) -> None:
    fees.charge(world.by, world.ada, "lost", Decimal(35), item=world.dune, note="water")
    assert "Ada S. ···0012 Dune" in grace.page("fees")
    owed = graces.words(grace.client.get("/staff/fees/?q=ada", follow=True).content)
    assert "lost item water Wed 25 Nov 35.00 CNY 35.00 CNY" in owed
    fees.take(world.by, world.ada, Decimal(35))
    assert "No fees" in grace.page("fees")
    assert "35.00 CNY Wed 25 Nov" in grace.page("fees", query="?show=settled")
    assert "No patron found" in grace.page("fees", query="?q=xyzzy")


def test_fees_are_filtered_by_type_branch_and_day_and_added_up(world: World, grace: Grace) -> None:
    east = Branch.objects.create(code="east", name="East")
    Item.objects.filter(pk=world.emma.pk).update(branch=east)
    fees.charge(world.by, world.ada, "lost", Decimal(35), item=world.dune)
    fees.charge(world.by, world.lin, "damage", Decimal("4.50"), item=world.emma)
    world.advance(days=3)
    grace.sign_in()
    fees.charge(world.by, world.lin, "other", Decimal(2))
    today = formatting.today().isoformat()
    for query, owed in (
        ("", "41.50"),
        ("?kind=lost", "35.00"),
        ("?branch=east", "4.50"),
        (f"?from={today}", "2.00"),
        (f"?to={today}&kind=damage", "4.50"),
        ("?kind=x&branch=x&from=x", "41.50"),
    ):
        assert f"Owed by this list: {owed} CNY" in grace.page("fees", query=query)
    kept = grace.client.get("/staff/fees/?kind=lost&branch=main").content.decode()
    assert (
        'href="?show=settled&amp;kind=lost&amp;branch=main"' in kept
        and "kind=lost&amp;branch=main&amp;form=csv" in kept
    )
    table = grace.client.get("/staff/fees/?kind=lost&form=csv").content.decode()
    assert "Dune" in table and "damage" not in table


def test_names_are_shown_in_the_page_language(world: World) -> None:
    Library.objects.update(name="湖滨图书馆", name_en="Lakeside Library")
    Branch.objects.update(name="总馆", name_en="Main library")
    ItemType.objects.update(name="图书", name_en="")
    english, chinese = Grace().page("item", world.dune.pk), Grace("zh-hans").page("item", world.dune.pk)
    for names, page, others in (
        (("Lakeside Library", "Main library", "图书"), english, ("湖滨图书馆", "总馆")),
        (("湖滨图书馆", "总馆", "图书"), chinese, ("Lakeside Library", "Main library")),
    ):
        assert [name for name in names if name not in page] == []
        assert [name for name in others if name in page] == []


def test_chinese_terms_for_paid_and_resolved_differ(world: World) -> None:
    page = Grace("zh-hans").page("fees", query="?show=settled")
    assert "已结清" in page
    assert "已处理" not in page
    assert "已处理" in Grace("zh-hans").page("exceptions")


def test_dates_use_the_librarys_time_zone_and_language(world: World) -> None:
    """14:30 in Shanghai is 06:30 UTC."""
    loan = loan_changes.checkout(world.by, world.ada, world.dune)
    assert isinstance(loan, OperationResult)
    page = Grace("zh-hans").page("loans")
    assert "今天 14:30" in page
    assert "12月23日 周三" in page
    assert Loan.objects.get().due.hour == 15


def test_fee_list_reads_the_library_row_once(world: World, grace: Grace) -> None:
    for amount in range(1, 21):
        fees.charge(world.by, world.ada, "lost", Decimal(amount), item=world.dune)
    with CaptureQueriesContext(connection) as queries:
        assert "20.00 CNY" in grace.page("fees")
    assert sum('FROM "circulation_library"' in each["sql"] for each in queries) == 1


def test_item_of_an_ended_hold_is_to_be_removed_from_the_hold_shelf(world: World, grace: Grace) -> None:
    """Ada borrows another copy than the one on the hold shelf; Lin's hold is cancelled."""
    copy = Item.objects.create(barcode="30000000000045", title=world.dune.title, type=world.book, branch=world.main)
    for patron, item in ((world.ada, world.dune), (world.lin, world.emma)):
        world.place_hold(patron, item)
        hold_queue.trap(world.by, item)
    assert "To remove from hold shelf 0" in grace.page("holds")
    world.advance(minutes=1)
    line = grace.enter(copy.barcode, world.ada)["line"]
    assert line["then"] == f"The copy held for this patron is free: remove {world.dune.barcode} from hold shelf 0012."
    hold_queue.cancel(world.by, Hold.objects.get(patron=world.lin))
    page = grace.page("holds", query="?show=left")
    assert "To remove from hold shelf 2" in page and "Shelf 0012" in page and "Shelf 0020" in page
    assert "Cancel hold" not in page
    assert "2 Copies to remove from hold shelf" in grace.page("today")
    world.advance(minutes=1)
    grace.enter(world.dune.barcode, mode="return")
    grace.enter(world.emma.barcode, world.ada)
    assert "To remove from hold shelf 0" in grace.page("holds")


def test_collected_hold_leaves_nothing_on_the_hold_shelf(world: World, grace: Grace) -> None:
    world.place_hold(world.ada, world.dune)
    hold_queue.trap(world.by, world.dune)
    grace.enter(world.dune.barcode, world.ada)
    grace.enter(world.dune.barcode, mode="return")
    assert "To remove from hold shelf 0" in grace.page("holds")
