"""Test the exception desk: each case shows its reason, and every fix does what it says."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from hub.catalogue.models import Item, Title
from hub.circulation.models import CirculationEvent, ExceptionCase, Library, Loan, Patron
from hub.circulation.operations import fees, hold_queue, loan_changes
from hub.core.clock import hub_clock
from lending.transactions import ReturnMode
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import DUE, World


def case(world: World) -> ExceptionCase:
    (found,) = world.open_cases()
    return found


@pytest.fixture
def lent_twice(world: World) -> ExceptionCase:
    """Lend Dune to Lin, upload Ada's no-block checkout of it, and return the exception."""
    loan_changes.checkout(world.by, world.lin, world.dune)
    world.advance(hours=2)
    world.upload_all(world.checkout(world.dune, no_block=True))
    world.advance(hours=1)
    return case(world)


def test_refused_no_block_checkout_lists_item_patron_kiosk_time_and_reason(
    world: World, grace: Grace, lent_twice: ExceptionCase
) -> None:
    page = grace.page("exceptions")
    assert "Dune Herbert, Frank, 813 XYZ · 30000000000011 Check out On loan to another patron Ada S. ···0012" in page
    assert "today 16:30 front" in page
    assert "Sample" not in page


def test_lend_fix_closes_the_other_loan_and_checks_out_to_this_patron(
    world: World, grace: Grace, lent_twice: ExceptionCase
) -> None:
    """The loan has the kiosk's time, transaction and promised due date."""
    assert "resolved" in grace.post("fix", lent_twice.pk, fix="lend")
    before, after = world.loans(world.dune)
    assert (before.patron, before.state) == (world.lin, Loan.State.RETURNED)
    assert (after.patron, after.state, after.due) == (world.ada, Loan.State.ON_LOAN, DUE)
    assert after.transaction == lent_twice.transaction_id
    assert "Done for patron 0012 and item 30000000000011" in grace.page("exceptions", query="?show=settled")
    assert world.open_cases() == []


def test_resolved_exception_links_to_the_next_one(world: World, grace: Grace, lent_twice: ExceptionCase) -> None:
    more = ExceptionCase.objects.create(
        kiosk=world.kiosk, kind="refused", reason="unclear", opened_at=hub_clock().now()
    )
    grace.post("fix", lent_twice.pk, fix="lend")
    link = f'href="{reverse("staff:exception", args=(more.pk,))}"'
    page = grace.client.get(reverse("staff:exception", args=(lent_twice.pk,))).content.decode()
    assert link in page and "Next exception" in page and "All exceptions" in page
    grace.post("fix", more.pk, fix="settle", note="Ada brought it back")
    page = grace.client.get(reverse("staff:exception", args=(more.pk,))).content.decode()
    assert "Next exception" not in page and "All exceptions" in page


def test_fix_emits_exception_settled_with_the_staff_member(
    world: World, grace: Grace, lent_twice: ExceptionCase
) -> None:
    grace.post("fix", lent_twice.pk, fix="lend")
    last = CirculationEvent.objects.last()
    assert last is not None
    assert (last.kind, last.data["how"], last.data["staff"]) == ("exception_settled", "lent", "grace")
    assert last.data["exception"] == lent_twice.pk
    assert last.data["transaction"] == str(lent_twice.transaction_id)


def test_again_fix_succeeds_once_the_obstacle_is_gone(world: World, grace: Grace, lent_twice: ExceptionCase) -> None:
    assert "On loan to another patron" in grace.post("fix", lent_twice.pk, fix="again")
    assert case(world).resolved_at is None
    loan_changes.receive(world.by, world.dune)
    assert "resolved" in grace.post("fix", lent_twice.pk, fix="again")
    assert [loan.patron for loan in world.loans(world.dune)] == [world.lin, world.ada]
    assert "grace Processed again" in grace.page("exceptions", query="?show=settled")


def test_link_fix_applies_the_row_for_the_chosen_patron_after_the_name_is_confirmed(world: World, grace: Grace) -> None:
    world.upload_all(world.checkout(world.emma, "04FFFFFF"), world.checkout(world.dune, "04FFFFFF", no_block=True))
    number = case(world).pk
    page = grace.page("exception", number)
    assert "Earlier in this visit Emma" in page and "sends no card number" in page
    assert "No patron has this number" in grace.post("fix", number, fix="link", patron="04FFFFFF")
    asked = grace.post("fix", number, fix="link", patron=world.lin.identifier)
    assert "Is this the patron? 林" in asked and not world.loans(world.dune)
    assert "resolved" in grace.post("fix", number, fix="link", patron=world.lin.identifier, confirmed="1")
    assert [loan.patron for loan in world.loans(world.dune)] == [world.lin]


def test_link_fix_applies_the_row_for_the_chosen_item(world: World, grace: Grace) -> None:
    row = world.checkout(world.dune, no_block=True)
    row["body"] = row["body"].replace(world.dune.barcode, "30000000000099")
    world.upload_all(row)
    number = case(world).pk
    assert "No item has this barcode: 30000000000099" in grace.post("fix", number, fix="link")
    assert "resolved" in grace.post("fix", number, fix="link", item=world.emma.barcode)
    assert [loan.patron for loan in world.loans(world.emma)] == [world.ada]


def test_link_fix_applies_a_return_for_the_chosen_item(world: World, grace: Grace) -> None:
    loan_changes.checkout(world.by, world.ada, world.emma)
    row = world.checkin(world.dune, no_block=True)
    row["body"] = row["body"].replace(world.dune.barcode, "30000000000099")
    world.upload_all(row)
    assert "resolved" in grace.post("fix", case(world).pk, fix="link", item=world.emma.barcode)
    assert world.loans(world.emma)[0].state == Loan.State.RETURNED


def test_resolving_needs_a_note_and_changes_no_loan(world: World, grace: Grace, lent_twice: ExceptionCase) -> None:
    assert "Briefly describe" in grace.post("fix", lent_twice.pk, fix="settle", note=" ")
    grace.post("fix", lent_twice.pk, fix="settle", note="Ada brought it back")
    assert "grace Ada brought it back" in grace.page("exceptions", query="?show=settled")
    assert "grace: Ada brought it back" in grace.page("exception", lent_twice.pk)
    assert world.loans(world.dune)[0].state == Loan.State.ON_LOAN


def test_resolved_exception_cannot_be_fixed_again(world: World, grace: Grace, lent_twice: ExceptionCase) -> None:
    grace.post("fix", lent_twice.pk, fix="settle", note="done by hand")
    assert "Already resolved by someone else" in grace.post("fix", lent_twice.pk, fix="lend")
    assert len(world.loans(world.dune)) == 1


def test_unreadable_row_can_only_be_resolved(world: World, grace: Grace) -> None:
    world.upload_all(world.row("sing", no_block=True, song="la"))
    number = case(world).pk
    page = grace.page("exception", number)
    assert "Unreadable" in page
    assert "Mark as resolved" in page
    assert "Process now" not in page
    assert "does not fit" in grace.post("fix", number, fix="again")
    assert "resolved" in grace.post("fix", number, fix="settle", note="a kiosk of another version")


def test_row_stopped_by_a_hub_error_can_be_processed_later(world: World, grace: Grace) -> None:
    Library.objects.update(timezone="Mars/Olympus")
    world.upload_all(world.checkout(world.dune, no_block=True))
    Library.objects.update(timezone="Asia/Shanghai")
    number = case(world).pk
    page = grace.page("exception", number)
    assert "Hub error: ZoneInfoNotFoundError" in page
    assert "Ada S." in page
    assert "Hub error: ZoneInfoNotFoundError" in grace.page("exceptions")
    assert "resolved" in grace.post("fix", number, fix="again")
    assert [loan.patron for loan in world.loans(world.dune)] == [world.ada]


def test_checkout_not_shown_to_the_patron_can_be_undone_or_resolved(world: World, grace: Grace) -> None:
    checkout, other_checkout = world.checkout(world.dune), world.checkout(world.emma)
    world.upload_all({**checkout, "untold": True}, other_checkout)
    world.make_due_soon()
    world.upload({**world.renewal(world.emma), "untold": True})
    first, second = (each.pk for each in world.open_cases())
    page = grace.page("exception", first)
    assert "done, patron not informed" in page
    assert "Ask the patron, or look for the book." in page
    assert "The patron was told it failed" not in page
    assert "Process now" not in page
    assert "does not fit" in grace.post("fix", first, fix="again")
    assert "resolved" in grace.post("fix", first, fix="take_back")
    assert [loan.state for loan in world.loans(world.dune)] == [Loan.State.UNDONE]
    assert "grace Undone by staff" in grace.page("exceptions", query="?show=settled")
    grace.post("fix", second, fix="settle", note="the patron knows")
    assert [loan.renewals for loan in world.loans(world.emma)] == [1]


def test_take_back_fix_leaves_a_later_loan_unchanged(world: World, grace: Grace) -> None:
    world.upload({**world.checkout(world.dune), "untold": True})
    loan_changes.receive(world.by, world.dune)
    loan_changes.checkout(world.by, world.lin, world.dune)
    assert "Nothing to undo" in grace.post("fix", case(world).pk, fix="take_back")
    assert [loan.state for loan in world.loans(world.dune)] == [Loan.State.RETURNED, Loan.State.ON_LOAN]


def test_failed_row_shown_as_failed_can_only_be_resolved(world: World, grace: Grace) -> None:
    Library.objects.update(timezone="Mars/Olympus")
    world.upload_all(world.checkout(world.dune))
    Library.objects.update(timezone="Asia/Shanghai")
    number = case(world).pk
    assert "The patron was told it failed" in grace.page("exceptions")
    page = grace.page("exception", number)
    assert "The patron was told it failed, so no one relies on it." in page
    assert "Process now" not in page
    assert "Check out to patron" not in page
    for fix in ("again", "lend", "link"):
        assert "does not fit" in grace.post("fix", number, fix=fix, patron=world.ada.identifier)
    assert world.loans(world.dune) == []
    assert "resolved" in grace.post("fix", number, fix="settle", note="the patron did not get it")


def test_failed_row_repeated_as_no_block_can_be_processed(world: World, grace: Grace) -> None:
    Library.objects.update(timezone="Mars/Olympus")
    row = world.checkout(world.dune)
    first = world.upload(row)
    assert world.upload({**row, "no_block": True}) == first
    Library.objects.update(timezone="Asia/Shanghai")
    assert "told it failed" not in grace.page("exception", case(world).pk)
    assert "resolved" in grace.post("fix", case(world).pk, fix="again")
    assert [loan.patron for loan in world.loans(world.dune)] == [world.ada]


def test_empty_exception_desk_says_so(grace: Grace) -> None:
    assert "No exceptions: all confirmed transactions are done" in grace.page("exceptions")


def test_pending_return_found_by_staff_is_returned(world: World, grace: Grace) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    loan_changes.checkin(world.by, world.dune, ReturnMode.PROVISIONAL)
    page = grace.page("pending_returns")
    assert "Dune" in page
    assert "Ada S. ···0012 today 14:30" in page
    assert "Dune is returned" in grace.post("seen", barcode=world.dune.barcode)
    assert world.loans(world.dune)[0].state == Loan.State.RETURNED
    assert "All returned books are checked" in grace.page("pending_returns")


def test_pending_return_not_found_reopens_the_loan_with_its_due_date(world: World, grace: Grace) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    loan_changes.checkin(world.by, world.dune, ReturnMode.PROVISIONAL)
    handed_in = world.loans(world.dune)[0].handed_in.get()
    assert "Dune is on loan again, due Wed 23 Dec" in grace.post("reopen", handed_in.pk)
    assert (world.loans(world.dune)[0].state, world.loans(world.dune)[0].due) == (Loan.State.ON_LOAN, DUE)
    assert "Nothing to check in" in grace.post("found", handed_in.pk)


def test_found_item_with_a_hold_shows_the_hold(world: World, grace: Grace) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    loan_changes.checkin(world.by, world.dune, ReturnMode.PROVISIONAL)
    world.place_hold(world.lin, world.dune)
    handed_in = world.loans(world.dune)[0].handed_in.get()
    assert "Hold waiting" in grace.post("found", handed_in.pk)


def test_item_not_pending_return_is_named(world: World, grace: Grace) -> None:
    assert "30000000000029 is not in this list." in grace.post("seen", barcode=world.emma.barcode)


def exceed_the_loan_limit(world: World) -> ExceptionCase:
    """Upload a no-block checkout of a fourth item to Ada, whose limit is three."""
    for number in range(3):
        title = Title.objects.create(title=f"Volume {number}")
        item = Item.objects.create(barcode=f"3000000000010{number}", title=title, type=world.book, branch=world.main)
        loan_changes.checkout(world.by, world.ada, item)
    world.upload_all(world.checkout(world.dune, no_block=True))
    world.advance(hours=1)
    return case(world)


REASONS = [
    ("limit", "Loan limit reached (3)", "已借满 3 本"),
    ("fees", "Owes 12.50 CNY", "欠费 12.50 元"),
    ("expired", "Card expired Sun 1 Nov", "证已于 11月1日 周日 过期"),
    ("held", "On hold for another patron", "为其他读者预留"),
]


@pytest.mark.parametrize(("why", "en", "zh"), REASONS)
def test_checkout_against_the_rules_shows_its_reason_in_both_languages(
    world: World, why: str, en: str, zh: str
) -> None:
    """The checkout stands, because the item has left the library, and staff see an exception."""
    match why:
        case "limit":
            exceed_the_loan_limit(world)
        case "fees":
            fees.charge(world.by, world.ada, "other", Decimal("12.50"))
        case "expired":
            Patron.objects.filter(pk=world.ada.pk).update(expires=date(2026, 11, 1))
        case "held":
            world.place_hold(world.lin, world.dune)
            hold_queue.trap(world.by, world.dune)
    if why != "limit":
        assert world.upload(world.checkout(world.dune, no_block=True))["outcome"] == "accepted"
    assert [loan.state for loan in world.loans(world.dune)] == ["on_loan"]
    found = case(world)
    assert found.kind == ExceptionCase.Kind.AGAINST
    english, chinese = Grace(), Grace("zh-hans")
    assert f"Check out {en} Done anyway" in english.page("exceptions")
    page = english.page("exception", found.pk)
    assert en in page and "although the rules would not allow it." in page
    for button in ("Accept", "Recall item", "Write off"):
        assert button in page
    chinese_page = chinese.page("exception", found.pk)
    assert zh in chinese_page
    for button in ("接受", "请读者归还", "核销"):
        assert button in chinese_page


def test_accept_fix_keeps_the_loan_and_emits_an_event(world: World, grace: Grace) -> None:
    found = exceed_the_loan_limit(world)
    assert "resolved" in grace.post("fix", found.pk, fix="accept")
    assert world.open_cases() == []
    assert [loan.state for loan in world.loans(world.dune)] == [Loan.State.ON_LOAN]
    assert "grace Accepted as it is" in grace.page("exceptions", query="?show=settled")
    event = CirculationEvent.objects.last()
    assert event is not None and (event.kind, event.data["how"], event.data["staff"]) == (
        "exception_settled",
        "accepted",
        "grace",
    )
    assert (event.data["patron"], event.data["item"], event.data["act"]) == (
        world.ada.ref,
        world.dune.barcode,
        "checkout",
    )


def test_ask_back_fix_marks_the_loan_recalled_and_emits_an_event(world: World, grace: Grace) -> None:
    found = exceed_the_loan_limit(world)
    assert "resolved" in grace.post("fix", found.pk, fix="ask_back")
    (loan,) = world.loans(world.dune)
    assert (loan.state, loan.due) == (Loan.State.ON_LOAN, DUE)
    assert "recalled" in grace.page("loans")
    assert "已请归还" in Grace("zh-hans").page("loans")
    asked = CirculationEvent.objects.get(kind="asked_back")
    assert (asked.data["patron"], asked.data["item"], asked.data["staff"]) == (
        world.ada.ref,
        world.dune.barcode,
        "grace",
    )


def test_write_off_fix_closes_the_loan_without_a_fee_and_marks_the_item_lost(world: World, grace: Grace) -> None:
    found = exceed_the_loan_limit(world)
    assert "resolved" in grace.post("fix", found.pk, fix="write_off")
    (loan,) = world.loans(world.dune)
    assert loan.state == Loan.State.GONE and loan.closed_at is not None
    world.dune.refresh_from_db()
    assert world.dune.condition == Item.Condition.LOST
    assert world.ada.fees.count() == 0
    assert "grace Written off" in grace.page("exceptions", query="?show=settled")
    assert {"loan_written_off", "item_lost", "exception_settled"} <= set(world.event_kinds())
    loan_changes.receive(world.by, world.dune)
    world.dune.refresh_from_db()
    assert world.dune.condition == Item.Condition.NORMAL, "a checkin clears the lost condition"


@pytest.mark.parametrize("fix", ["ask_back", "write_off"])
def test_recall_and_write_off_are_not_offered_after_the_return(world: World, grace: Grace, fix: str) -> None:
    found = exceed_the_loan_limit(world)
    loan_changes.receive(world.by, world.dune)
    page = grace.page("exception", found.pk)
    assert "The book is returned, or the loan has ended." in page
    assert "Write off" not in page and "Recall item" not in page
    assert "does not fit" in grace.post("fix", found.pk, fix=fix)
    assert "resolved" in grace.post("fix", found.pk, fix="accept")


def test_renewal_against_the_rules_can_be_undone(world: World, grace: Grace) -> None:
    world.upload(world.checkout(world.dune))
    world.make_due_soon()
    world.upload(world.renewal(world.dune))
    world.advance(days=1)
    world.upload(world.renewal(world.dune, no_block=True, due=DUE + timedelta(days=9)))
    found = case(world)
    grace.sign_in()
    assert "Already renewed 1 times" in grace.page("exceptions")
    assert "resolved" in grace.post("fix", found.pk, fix="take_back")
    assert world.loans(world.dune)[0].renewals == 1
    assert world.loans(world.dune)[0].due == DUE


def test_checkout_against_the_rules_undone_by_the_patron_closes_its_exception(world: World) -> None:
    fees.charge(world.by, world.ada, "other", Decimal("12.50"))
    checkout = world.checkout(world.dune, no_block=True)
    world.upload_all(checkout, world.undo(checkout, no_block=True))
    assert world.open_cases() == []
    assert ExceptionCase.objects.get().resolution == "undone by the patron"


def test_refusal_shown_at_the_kiosk_opens_no_exception(world: World) -> None:
    fees.charge(world.by, world.ada, "other", Decimal("12.50"))
    assert world.upload(world.checkout(world.dune))["outcome"] == "refused"
    assert world.open_cases() == []


def test_ask_back_fix_moves_the_loan_to_this_patron_and_recalls_it(
    world: World, grace: Grace, lent_twice: ExceptionCase
) -> None:
    assert "resolved" in grace.post("fix", lent_twice.pk, fix="ask_back")
    lins_loan, adas_loan = world.loans(world.dune)
    assert (lins_loan.state, adas_loan.patron, adas_loan.state) == (Loan.State.RETURNED, world.ada, Loan.State.ON_LOAN)
    assert adas_loan.asked_back_at is not None


def test_write_off_fix_closes_the_other_patrons_loan_too(world: World, grace: Grace, lent_twice: ExceptionCase) -> None:
    assert "resolved" in grace.post("fix", lent_twice.pk, fix="write_off")
    assert [loan.state for loan in world.loans(world.dune)] == [Loan.State.RETURNED]
    world.dune.refresh_from_db()
    assert world.dune.condition == Item.Condition.LOST


def test_write_off_fix_marks_the_item_of_an_unknown_card_lost(world: World, grace: Grace) -> None:
    world.upload_all(world.checkout(world.dune, "04FFFFFF", no_block=True))
    number = case(world).pk
    assert "Recall item" not in grace.page("exception", number)
    assert "does not fit" in grace.post("fix", number, fix="ask_back")
    assert "resolved" in grace.post("fix", number, fix="write_off")
    world.dune.refresh_from_db()
    assert (world.dune.condition, world.loans(world.dune)) == (Item.Condition.LOST, [])


def test_uncertain_time_is_shown(world: World, grace: Grace) -> None:
    fees.charge(world.by, world.ada, "other", Decimal("12.50"))
    world.upload({**world.checkout(world.dune, no_block=True), "trust": "unknown"})
    assert "time uncertain, received today 14:30" in grace.page("exceptions")


@pytest.mark.parametrize(
    ("finding", "reason", "remedy"),
    [
        ("rings", "On loan, but the gate may ring", "let the patron pass"),
        ("silent", "Not on loan, but the gate may not ring", "return it again at a kiosk"),
        ("uncertain", "Power failed while its security was switched", "If it is not on loan"),
        ("incomplete", "Returned incomplete", "Look for the missing part"),
    ],
)
def test_finding_about_a_tag_says_what_to_do_and_is_marked_as_checked(
    world: World, grace: Grace, finding: str, reason: str, remedy: str
) -> None:
    world.upload(world.row("tag", item=world.dune.barcode, finding=finding))
    found = case(world)
    assert f"Check tag {reason}" in grace.page("exceptions")
    page = grace.page("exception", found.pk)
    assert reason in page and remedy in page and "Dune" in page
    assert "Item checked" in page and "Process now" not in page and "no one relies on it" not in page
    assert 'value="Checked"' in grace.client.get(reverse("staff:exception", args=(found.pk,))).content.decode()
    assert "does not fit" in grace.post("fix", found.pk, fix="again")
    assert "resolved" in grace.post("fix", found.pk, fix="settle", note="Checked")
    assert world.open_cases() == []
