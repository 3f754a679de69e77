"""Test the exception desk: each case shows its reason, and every fix does what it says."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from hub.catalogue.models import Item, Title
from hub.circulation import operations
from hub.circulation.models import CirculationEvent, ExceptionCase, Library, Loan, Patron
from hub.core.clock import hub_clock
from lending.transactions import ReturnMode
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import DUE, World


@pytest.fixture
def grace(world: World) -> Grace:
    return Grace()


def case(world: World) -> ExceptionCase:
    (found,) = world.open_cases()
    return found


@pytest.fixture
def lent_twice(world: World) -> ExceptionCase:
    """Lin has Dune, and a kiosk without the hub has promised it to Ada."""
    operations.checkout(world.by, world.lin, world.dune)
    world.ahead(hours=2)
    world.hand_over(world.borrows(world.dune, no_block=True))
    world.ahead(hours=1)
    return case(world)


def test_a_refused_promise_is_shown_with_who_what_where_and_why(
    world: World, grace: Grace, lent_twice: ExceptionCase
) -> None:
    page = grace.sees("exceptions")
    assert "Dune Herbert, Frank, 813 XYZ · 30000000000011 Check out On loan to another patron Ada S. ···0012" in page
    assert "today 16:30 front" in page
    assert "Sample" not in page


def test_lending_to_this_patron_ends_the_other_loan(world: World, grace: Grace, lent_twice: ExceptionCase) -> None:
    """From the time at the kiosk, with the date that was promised, and under the kiosk's transaction."""
    assert "resolved" in grace.presses("fix", lent_twice.pk, fix="lend")
    before, after = world.loans(world.dune)
    assert (before.patron, before.state) == (world.lin, Loan.State.RETURNED)
    assert (after.patron, after.state, after.due) == (world.ada, Loan.State.ON_LOAN, DUE)
    assert after.transaction == lent_twice.transaction_id
    assert "Done for patron 0012 and item 30000000000011" in grace.sees("exceptions", query="?show=settled")
    assert world.open_cases() == []


def test_a_settled_case_leads_to_the_next_one(world: World, grace: Grace, lent_twice: ExceptionCase) -> None:
    more = ExceptionCase.objects.create(
        kiosk=world.kiosk, kind="refused", reason="unclear", opened_at=hub_clock().now()
    )
    grace.presses("fix", lent_twice.pk, fix="lend")
    way = f'href="{reverse("staff:exception", args=(more.pk,))}"'
    page = grace.client.get(reverse("staff:exception", args=(lent_twice.pk,))).content.decode()
    assert way in page and "Next exception" in page and "All exceptions" in page
    grace.presses("fix", more.pk, fix="settle", note="Ada brought it back")
    page = grace.client.get(reverse("staff:exception", args=(more.pk,))).content.decode()
    assert "Next exception" not in page and "All exceptions" in page


def test_every_fix_is_told_to_the_feed_with_the_one_who_did_it(
    world: World, grace: Grace, lent_twice: ExceptionCase
) -> None:
    grace.presses("fix", lent_twice.pk, fix="lend")
    last = CirculationEvent.objects.last()
    assert last is not None
    assert (last.kind, last.data["how"], last.data["staff"]) == ("exception_settled", "lent", "grace")
    assert last.data["exception"] == lent_twice.pk
    assert last.data["transaction"] == str(lent_twice.transaction_id)


def test_doing_it_now_works_once_the_way_is_clear(world: World, grace: Grace, lent_twice: ExceptionCase) -> None:
    assert "On loan to another patron" in grace.presses("fix", lent_twice.pk, fix="again")
    assert case(world).resolved_at is None
    operations.receive(world.by, world.dune)
    assert "resolved" in grace.presses("fix", lent_twice.pk, fix="again")
    assert [loan.patron for loan in world.loans(world.dune)] == [world.lin, world.ada]
    assert "grace Processed again" in grace.sees("exceptions", query="?show=settled")


def test_the_right_patron_is_linked_to_a_card_that_nobody_knows(world: World, grace: Grace) -> None:
    world.hand_over(world.borrows(world.dune, "04FFFFFF", no_block=True))
    number = case(world).pk
    assert "No patron has this number" in grace.presses("fix", number, fix="link", patron="04FFFFFF")
    assert "resolved" in grace.presses("fix", number, fix="link", patron=world.lin.identifier)
    assert [loan.patron for loan in world.loans(world.dune)] == [world.lin]


def test_the_right_item_is_linked_to_a_barcode_that_nobody_knows(world: World, grace: Grace) -> None:
    row = world.borrows(world.dune, no_block=True)
    row["body"] = row["body"].replace(world.dune.barcode, "30000000000099")
    world.hand_over(row)
    number = case(world).pk
    assert "No item has this barcode: 30000000000099" in grace.presses("fix", number, fix="link")
    assert "resolved" in grace.presses("fix", number, fix="link", item=world.emma.barcode)
    assert [loan.patron for loan in world.loans(world.emma)] == [world.ada]


def test_the_right_item_is_linked_to_a_return(world: World, grace: Grace) -> None:
    operations.checkout(world.by, world.ada, world.emma)
    row = world.returns(world.dune, no_block=True)
    row["body"] = row["body"].replace(world.dune.barcode, "30000000000099")
    world.hand_over(row)
    assert "resolved" in grace.presses("fix", case(world).pk, fix="link", item=world.emma.barcode)
    assert world.loans(world.emma)[0].state == Loan.State.RETURNED


def test_settling_needs_a_note_and_keeps_it(world: World, grace: Grace, lent_twice: ExceptionCase) -> None:
    assert "Briefly describe" in grace.presses("fix", lent_twice.pk, fix="settle", note=" ")
    grace.presses("fix", lent_twice.pk, fix="settle", note="Ada brought it back")
    assert "grace Ada brought it back" in grace.sees("exceptions", query="?show=settled")
    assert "grace: Ada brought it back" in grace.sees("exception", lent_twice.pk)
    assert world.loans(world.dune)[0].state == Loan.State.ON_LOAN


def test_what_is_settled_is_not_done_again(world: World, grace: Grace, lent_twice: ExceptionCase) -> None:
    grace.presses("fix", lent_twice.pk, fix="settle", note="done by hand")
    assert "Already resolved by someone else" in grace.presses("fix", lent_twice.pk, fix="lend")
    assert len(world.loans(world.dune)) == 1


def test_a_row_that_cannot_be_read_can_only_be_settled(world: World, grace: Grace) -> None:
    world.hand_over(world.row("sing", no_block=True, song="la"))
    number = case(world).pk
    page = grace.sees("exception", number)
    assert "Unreadable" in page
    assert "Mark as resolved" in page
    assert "Process now" not in page
    assert "does not fit" in grace.presses("fix", number, fix="again")
    assert "resolved" in grace.presses("fix", number, fix="settle", note="a kiosk of another version")


def test_what_an_error_of_the_hub_stopped_is_done_once_the_hub_is_mended(world: World, grace: Grace) -> None:
    Library.objects.update(timezone="Mars/Olympus")
    world.hand_over(world.borrows(world.dune, no_block=True))
    Library.objects.update(timezone="Asia/Shanghai")
    number = case(world).pk
    page = grace.sees("exception", number)
    assert "Hub error: ZoneInfoNotFoundError" in page
    assert "Ada S." in page
    assert "Hub error: ZoneInfoNotFoundError" in grace.sees("exceptions")
    assert "resolved" in grace.presses("fix", number, fix="again")
    assert [loan.patron for loan in world.loans(world.dune)] == [world.ada]


def test_a_loan_that_nobody_was_told_of_is_undone_by_staff_or_stands(world: World, grace: Grace) -> None:
    lent, renewed = world.borrows(world.dune), world.borrows(world.emma)
    world.hand_over({**lent, "untold": True}, renewed)
    world.soon_due()
    world.tell({**world.renews(world.emma), "untold": True})
    first, second = (each.pk for each in world.open_cases())
    page = grace.sees("exception", first)
    assert "done, patron not informed" in page
    assert "Ask the patron, or look for the book." in page
    assert "The patron was told it failed" not in page
    assert "Process now" not in page
    assert "does not fit" in grace.presses("fix", first, fix="again")
    assert "resolved" in grace.presses("fix", first, fix="take_back")
    assert [loan.state for loan in world.loans(world.dune)] == [Loan.State.UNDONE]
    assert "grace Undone by staff" in grace.sees("exceptions", query="?show=settled")
    grace.presses("fix", second, fix="settle", note="the patron knows")
    assert [loan.renewals for loan in world.loans(world.emma)] == [1]


def test_what_is_over_cannot_be_undone_behind_the_next_one(world: World, grace: Grace) -> None:
    world.tell({**world.borrows(world.dune), "untold": True})
    operations.receive(world.by, world.dune)
    operations.checkout(world.by, world.lin, world.dune)
    assert "Nothing to undo" in grace.presses("fix", case(world).pk, fix="take_back")
    assert [loan.state for loan in world.loans(world.dune)] == [Loan.State.RETURNED, Loan.State.ON_LOAN]


def test_nothing_is_done_for_a_patron_who_was_told_no(world: World, grace: Grace) -> None:
    Library.objects.update(timezone="Mars/Olympus")
    world.hand_over(world.borrows(world.dune))
    Library.objects.update(timezone="Asia/Shanghai")
    number = case(world).pk
    assert "The patron was told it failed" in grace.sees("exceptions")
    page = grace.sees("exception", number)
    assert "The patron was told it failed, so nobody relies on it." in page
    assert "Process now" not in page
    assert "Check out to patron" not in page
    for fix in ("again", "lend", "link"):
        assert "does not fit" in grace.presses("fix", number, fix=fix, patron=world.ada.identifier)
    assert world.loans(world.dune) == []
    assert "resolved" in grace.presses("fix", number, fix="settle", note="the patron did not get it")


def test_a_patron_who_was_told_yes_after_all_can_have_it(world: World, grace: Grace) -> None:
    Library.objects.update(timezone="Mars/Olympus")
    row = world.borrows(world.dune)
    first = world.tell(row)
    assert world.tell({**row, "no_block": True}) == first
    Library.objects.update(timezone="Asia/Shanghai")
    assert "told it failed" not in grace.sees("exception", case(world).pk)
    assert "resolved" in grace.presses("fix", case(world).pk, fix="again")
    assert [loan.patron for loan in world.loans(world.dune)] == [world.ada]


def test_without_exceptions_the_desk_says_so(grace: Grace) -> None:
    assert "No exceptions: all confirmed transactions are done" in grace.sees("exceptions")


def test_what_was_handed_in_is_found(world: World, grace: Grace) -> None:
    operations.checkout(world.by, world.ada, world.dune)
    operations.checkin(world.by, world.dune, ReturnMode.PROVISIONAL)
    page = grace.sees("unseen")
    assert "Dune" in page
    assert "Ada S. ···0012 today 14:30" in page
    assert "Dune is returned" in grace.presses("seen", barcode=world.dune.barcode)
    assert world.loans(world.dune)[0].state == Loan.State.RETURNED
    assert "All returned books are checked" in grace.sees("unseen")


def test_what_was_not_found_is_on_loan_again_with_its_old_date(world: World, grace: Grace) -> None:
    operations.checkout(world.by, world.ada, world.dune)
    operations.checkin(world.by, world.dune, ReturnMode.PROVISIONAL)
    handed_in = world.loans(world.dune)[0].handed_in.get()
    assert "Dune is on loan again, due Wed 23 Dec" in grace.presses("reopen", handed_in.pk)
    assert (world.loans(world.dune)[0].state, world.loans(world.dune)[0].due) == (Loan.State.ON_LOAN, DUE)
    assert "Nothing to check in" in grace.presses("found", handed_in.pk)


def test_a_found_book_for_which_someone_waits_says_so(world: World, grace: Grace) -> None:
    operations.checkout(world.by, world.ada, world.dune)
    operations.checkin(world.by, world.dune, ReturnMode.PROVISIONAL)
    world.waits(world.lin, world.dune)
    handed_in = world.loans(world.dune)[0].handed_in.get()
    assert "Hold waiting" in grace.presses("found", handed_in.pk)


def test_a_book_that_was_not_handed_in_is_named(world: World, grace: Grace) -> None:
    assert "30000000000029 is not in this list." in grace.presses("seen", barcode=world.emma.barcode)


def overdrawn(world: World) -> ExceptionCase:
    """A kiosk without the hub lends Ada a fourth book where the rules allow three."""
    for number in range(3):
        title = Title.objects.create(title=f"Volume {number}")
        item = Item.objects.create(barcode=f"3000000000010{number}", title=title, type=world.book, branch=world.main)
        operations.checkout(world.by, world.ada, item)
    world.hand_over(world.borrows(world.dune, no_block=True))
    world.ahead(hours=1)
    return case(world)


REASONS = [
    ("limit", "Loan limit reached (3)", "已借满 3 本"),
    ("fees", "Owes 12.50 CNY", "欠费 12.50 元"),
    ("expired", "Card expired Sun 1 Nov", "证已于 11月1日 周日 过期"),
    ("held", "On hold for another patron", "为其他读者预留"),
]


@pytest.mark.parametrize(("why", "en", "zh"), REASONS)
def test_what_was_lent_offline_against_the_rules_is_shown_with_its_reason_in_both_languages(
    world: World, why: str, en: str, zh: str
) -> None:
    """It is done, because the book has left the library, and staff always see it."""
    match why:
        case "limit":
            overdrawn(world)
        case "fees":
            operations.charge(world.by, world.ada, "other", Decimal("12.50"))
        case "expired":
            Patron.objects.filter(pk=world.ada.pk).update(expires=date(2026, 11, 1))
        case "held":
            world.waits(world.lin, world.dune)
            operations.trap(world.by, world.dune)
    if why != "limit":
        assert world.tell(world.borrows(world.dune, no_block=True))["outcome"] == "accepted"
    assert [loan.state for loan in world.loans(world.dune)] == ["on_loan"]
    found = case(world)
    assert found.kind == ExceptionCase.Kind.AGAINST
    english, chinese = Grace(), Grace("zh-hans")
    assert f"Check out {en} Done anyway" in english.sees("exceptions")
    page = english.sees("exception", found.pk)
    assert en in page and "although the rules would not allow it." in page
    for button in ("Accept", "Recall item", "Write off"):
        assert button in page
    said = chinese.sees("exception", found.pk)
    assert zh in said
    for button in ("接受", "请读者归还", "核销"):
        assert button in said


def test_accepting_it_leaves_it_as_it_is(world: World, grace: Grace) -> None:
    found = overdrawn(world)
    assert "resolved" in grace.presses("fix", found.pk, fix="accept")
    assert world.open_cases() == []
    assert [loan.state for loan in world.loans(world.dune)] == [Loan.State.ON_LOAN]
    assert "grace Accepted as it is" in grace.sees("exceptions", query="?show=settled")
    told = CirculationEvent.objects.last()
    assert told is not None and (told.kind, told.data["how"], told.data["staff"]) == (
        "exception_settled",
        "accepted",
        "grace",
    )
    assert (told.data["patron"], told.data["item"], told.data["act"]) == (
        world.ada.ref,
        world.dune.barcode,
        "checkout",
    )


def test_asking_the_patron_back_is_told_to_the_feed_and_stands_at_their_loan(world: World, grace: Grace) -> None:
    found = overdrawn(world)
    assert "resolved" in grace.presses("fix", found.pk, fix="ask_back")
    (loan,) = world.loans(world.dune)
    assert (loan.state, loan.due) == (Loan.State.ON_LOAN, DUE)
    assert "recalled" in grace.sees("loans")
    assert "已请归还" in Grace("zh-hans").sees("loans")
    asked = CirculationEvent.objects.get(kind="asked_back")
    assert (asked.data["patron"], asked.data["item"], asked.data["staff"]) == (
        world.ada.ref,
        world.dune.barcode,
        "grace",
    )


def test_writing_it_off_ends_the_loan_and_nobody_owes_it(world: World, grace: Grace) -> None:
    found = overdrawn(world)
    assert "resolved" in grace.presses("fix", found.pk, fix="write_off")
    (loan,) = world.loans(world.dune)
    assert loan.state == Loan.State.GONE and loan.closed_at is not None
    world.dune.refresh_from_db()
    assert world.dune.condition == Item.Condition.LOST
    assert world.ada.fees.count() == 0
    assert "grace Written off" in grace.sees("exceptions", query="?show=settled")
    assert {"loan_written_off", "item_lost", "exception_settled"} <= set(world.happened())
    operations.receive(world.by, world.dune)
    world.dune.refresh_from_db()
    assert world.dune.condition == Item.Condition.NORMAL, "it was found after all"


@pytest.mark.parametrize("fix", ["ask_back", "write_off"])
def test_what_is_back_is_neither_asked_back_nor_written_off(world: World, grace: Grace, fix: str) -> None:
    found = overdrawn(world)
    operations.receive(world.by, world.dune)
    page = grace.sees("exception", found.pk)
    assert "The book is returned, or the loan has ended." in page
    assert "Write off" not in page and "Recall item" not in page
    assert "does not fit" in grace.presses("fix", found.pk, fix=fix)
    assert "resolved" in grace.presses("fix", found.pk, fix="accept")


def test_a_renewal_against_the_rules_is_accepted_or_taken_back(world: World, grace: Grace) -> None:
    world.tell(world.borrows(world.dune))
    world.soon_due()
    world.tell(world.renews(world.dune))
    world.ahead(days=1)
    world.tell(world.renews(world.dune, no_block=True, due=DUE + timedelta(days=9)))
    found = case(world)
    grace.signs_in()
    assert "Already renewed 1 times" in grace.sees("exceptions")
    assert "resolved" in grace.presses("fix", found.pk, fix="take_back")
    assert world.loans(world.dune)[0].renewals == 1
    assert world.loans(world.dune)[0].due == DUE


def test_a_patron_who_took_it_back_themselves_leaves_no_case(world: World) -> None:
    operations.charge(world.by, world.ada, "other", Decimal("12.50"))
    lent = world.borrows(world.dune, no_block=True)
    world.hand_over(lent, world.undoes(lent, no_block=True))
    assert world.open_cases() == []
    assert ExceptionCase.objects.get().resolution == "undone by the patron"


def test_while_the_hub_is_there_what_it_refuses_makes_no_case(world: World) -> None:
    operations.charge(world.by, world.ada, "other", Decimal("12.50"))
    assert world.tell(world.borrows(world.dune))["outcome"] == "refused"
    assert world.open_cases() == []


def test_a_patron_who_has_another_patrons_loan_is_asked_back_for_what_is_theirs_now(
    world: World, grace: Grace, lent_twice: ExceptionCase
) -> None:
    assert "resolved" in grace.presses("fix", lent_twice.pk, fix="ask_back")
    lins, adas = world.loans(world.dune)
    assert (lins.state, adas.patron, adas.state) == (Loan.State.RETURNED, world.ada, Loan.State.ON_LOAN)
    assert adas.asked_back_at is not None


def test_writing_off_what_two_patrons_were_promised_charges_neither(
    world: World, grace: Grace, lent_twice: ExceptionCase
) -> None:
    assert "resolved" in grace.presses("fix", lent_twice.pk, fix="write_off")
    assert [loan.state for loan in world.loans(world.dune)] == [Loan.State.RETURNED]
    world.dune.refresh_from_db()
    assert world.dune.condition == Item.Condition.LOST


def test_writing_off_a_loan_to_nobodys_card(world: World, grace: Grace) -> None:
    world.hand_over(world.borrows(world.dune, "04FFFFFF", no_block=True))
    number = case(world).pk
    assert "Recall item" not in grace.sees("exception", number)
    assert "does not fit" in grace.presses("fix", number, fix="ask_back")
    assert "resolved" in grace.presses("fix", number, fix="write_off")
    world.dune.refresh_from_db()
    assert (world.dune.condition, world.loans(world.dune)) == (Item.Condition.LOST, [])


def test_a_case_of_uncertain_time_says_so(world: World, grace: Grace) -> None:
    operations.charge(world.by, world.ada, "other", Decimal("12.50"))
    world.tell({**world.borrows(world.dune, no_block=True), "trust": "unknown"})
    assert "time uncertain, received today 14:30" in grace.sees("exceptions")
