"""Test the JSON answers of the desk: scans of every kind, in every mode, and repeated requests."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from hub.catalogue.models import Bay, Branch, Floor, Isbn, Item, Title
from hub.circulation.models import (
    Card,
    CirculationEvent,
    Fee,
    GrantedService,
    Hold,
    Loan,
    Patron,
    Payment,
    PendingReturn,
    Transit,
)
from hub.circulation.operations import fees, loan_changes
from hub.staff.models import DeskAnswer, HoldSlip
from lending.transactions import ReturnMode
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import ADA_UID, LIN_UID, World


@pytest.mark.parametrize("text", [ADA_UID, ADA_UID.lower(), "20000000000012", f" {ADA_UID} "])
def test_card_is_found_by_uid_or_number(grace: Grace, text: str) -> None:
    answer = grace.enter(text, mode="return")
    assert (answer["kind"], answer["mode"]) == ("patron", "borrow")
    assert answer["patron"]["name"] == "Ada S."
    assert answer["patron"]["number"] == "Number ···0012, Adult"
    assert answer["patron"]["loans"] == "0 / 3"


def test_desk_does_not_show_the_full_name(grace: Grace) -> None:
    assert "Sample" not in str(grace.enter(ADA_UID))


def test_checked_out_item_shows_its_due_date(world: World, grace: Grace) -> None:
    answer = grace.enter(world.dune.barcode, world.ada)
    assert answer["line"]["words"] == "Checked out"
    assert answer["line"]["where"] == "Wed 23 Dec"
    assert answer["patron"]["loans"] == "1 / 3"
    assert [loan.patron for loan in world.loans(world.dune)] == [world.ada]


def test_checkout_event_names_the_staff_member(world: World, grace: Grace) -> None:
    grace.enter(world.dune.barcode, world.ada)
    assert CirculationEvent.objects.get().data["staff"] == "grace"


@pytest.mark.parametrize("mode", ["borrow", "return", "renew", "hold", "fee"])
def test_repeated_entry_is_applied_once_with_the_same_answer(world: World, grace: Grace, mode: str) -> None:
    """The first answer was lost on the network; a payment must not be taken twice."""
    fees.charge(world.by, world.ada, "other", Decimal(9))
    if mode in ("return", "renew"):
        loan_changes.checkout(world.by, world.ada, world.dune)
        world.make_due_soon()
    before, entry = len(world.event_kinds()), str(uuid4())
    text = "4" if mode == "fee" else world.dune.barcode
    answers = [grace.enter(text, world.ada, mode, of=entry) for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["line"]["tone"] == "done"
    assert len(world.event_kinds()) == before + 1


def test_entry_repeated_after_one_from_another_window_is_applied_once(world: World, grace: Grace) -> None:
    """Something was entered in the other window between the lost answer and the retry."""
    fees.charge(world.by, world.ada, "other", Decimal(9))
    entry = str(uuid4())
    first = grace.enter("4", world.ada, "fee", of=entry)
    grace.enter(world.emma.barcode, world.ada)
    assert grace.enter("4", world.ada, "fee", of=entry) == first
    assert Fee.objects.get().paid == 4


def test_stored_answer_is_denied_to_other_staff_and_deleted_after_a_day(world: World, grace: Grace) -> None:
    entry = str(uuid4())
    grace.enter(world.dune.barcode, world.ada, of=entry)
    other = Client()
    other.force_login(User.objects.create_superuser("ida", password="long enough"))
    request = {"id": entry, "text": world.dune.barcode, "patron": world.ada.ref, "mode": "borrow"}
    assert other.post(reverse("staff:entry"), request, content_type="application/json").status_code == 400
    world.advance(days=1, minutes=1)
    grace.sign_in()
    grace.enter(world.emma.barcode, world.ada)
    assert not DeskAnswer.objects.filter(pk=entry).exists()


def test_repeated_undo_is_applied_once(world: World, grace: Grace) -> None:
    token, undo = grace.enter(world.dune.barcode, world.ada)["line"]["undo"], str(uuid4())
    assert [grace.undo_entry(token, of=undo)["words"] for _ in range(2)] == ["Undone", "Undone"]


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("borrow", "Already on loan to this patron, due Wed 23 Dec"),
        ("hold", "Patron already has it or has a hold"),
    ],
)
def test_item_the_patron_has_is_refused_with_its_reason(world: World, grace: Grace, mode: str, words: str) -> None:
    grace.enter(world.dune.barcode, world.ada)
    answer = grace.enter(world.dune.barcode, world.ada, mode)
    assert (answer["line"]["tone"], answer["line"]["words"]) == ("stop", words)


def test_checkout_without_a_patron_asks_for_the_card(world: World, grace: Grace) -> None:
    answer = grace.enter(world.dune.barcode)
    assert (answer["line"]["tone"], answer["line"]["then"]) == ("look", "Scan a card first.")
    assert world.loans(world.dune) == []


def test_checkin_closes_the_loan(world: World, grace: Grace) -> None:
    grace.enter(world.dune.barcode, world.ada)
    answer = grace.enter(world.dune.barcode, mode="return")
    assert (answer["line"]["words"], answer["line"]["where"]) == ("Checked in", "Put in A")
    assert world.loans(world.dune)[0].state == Loan.State.RETURNED


def returned(grace: Grace, item: Item) -> tuple[str, str, str, str]:
    """Scan an item for return; return the line's tone, words, place and advice."""
    line = grace.enter(item.barcode, mode="return")["line"]
    return line["tone"], line["words"], line["where"], line["then"]


def test_item_that_was_not_on_loan_goes_back_to_its_bay(world: World, grace: Grace) -> None:
    shelf, back = "Back to the shelf", "It was not on loan. Put it back on the shelf."
    Title.objects.filter(pk=world.dune.title_id).update(call_number="813.54")
    assert returned(grace, world.dune) == ("look", shelf, "813.54", back)
    floor = Floor.objects.create(branch=world.main, name="二楼", name_en="Second floor")
    Bay.objects.create(floor=floor, code="C4", x=1, y=1, width=2, height=6, first="800", last="899")
    assert returned(grace, world.dune) == ("look", shelf, "Bay C4, Second floor", back)
    Item.objects.filter(pk=world.dune.pk).update(condition=Item.Condition.WITHDRAWN)
    assert returned(grace, world.dune) == ("look", "Withdrawn", "", "It was not on loan. Put it aside.")


def test_item_that_was_not_on_loan_goes_to_its_branch_or_hold(world: World, grace: Grace) -> None:
    east = Branch.objects.create(code="east", name="East")
    Item.objects.filter(pk=world.emma.pk).update(branch=east)
    transfer = "It was not on loan. Put it with the transfers."
    assert returned(grace, world.emma) == ("waits", "Belongs to another branch", "To East", transfer)
    world.place_hold(world.lin, world.dune)
    for words in ("Hold waiting", "On hold for another patron"):
        tone, said, where, then = returned(grace, world.dune)
        assert (tone, said, where[:11]) == ("waits", words, "Hold shelf ")
        assert then.startswith("It was not on loan. For 林** ···0020, until ")


def test_returned_loan_is_not_called_an_item_that_was_not_on_loan(world: World, grace: Grace) -> None:
    world.place_hold(world.lin, world.dune)
    grace.enter(world.dune.barcode, world.ada)
    assert "not on loan" not in returned(grace, world.dune)[3]


def test_desk_starts_with_the_hold_of_a_patron_or_a_title(world: World, grace: Grace) -> None:
    record, title = (reverse("staff:patron_holds", args=(world.ada.pk,)), f"/staff/titles/{world.dune.title_id}/")
    for query, mode, back, words in (
        (f"?patron={world.ada.ref}&mode=hold", "hold", record, "No patron yet"),
        (f"?patron={world.ada.ref}", "return", "", "No patron yet"),
        (f"?title={world.dune.title_id}", "hold", title, "Hold on “Dune”: for which patron?"),
        ("?title=999999&mode=hold", "return", "", "No patron yet"),
        ("?title=-1", "return", "", "No patron yet"),
    ):
        page = grace.client.get(reverse("staff:desk") + query).content.decode()
        assert f'data-mode="{mode}" data-back="{back}"' in page and words in page


def test_checkin_of_a_handed_in_item_confirms_the_return(world: World, grace: Grace) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    loan_changes.checkin(world.by, world.dune, ReturnMode.PROVISIONAL)
    assert grace.enter(world.dune.barcode, mode="return")["line"]["words"] == "Checked, loan closed"
    assert world.event_kinds()[-1] == "return_confirmed"


def test_handed_in_item_can_be_checked_out_to_the_next_patron(world: World, grace: Grace) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    loan_changes.checkin(world.by, world.dune, ReturnMode.PROVISIONAL)
    assert grace.enter(world.dune.barcode, world.lin)["line"]["words"] == "Checked out"
    assert [loan.state for loan in world.loans(world.dune)] == [Loan.State.RETURNED, Loan.State.ON_LOAN]


def test_checkin_of_an_item_with_a_hold_traps_it(world: World, grace: Grace) -> None:
    grace.enter(world.dune.barcode, world.ada)
    world.place_hold(world.lin, world.dune)
    line = grace.enter(world.dune.barcode, mode="return")["line"]
    assert (line["tone"], line["where"], line["then"]) == (
        "waits",
        "Hold shelf 0020",
        "For 林** ···0020, until Wed 2 Dec",
    )
    again = grace.enter(world.dune.barcode, mode="return")["line"]
    then = f"It was not on loan. {line['then']}"
    assert (again["tone"], again["words"], again["then"]) == ("waits", "On hold for another patron", then)


def test_slip_of_a_trapped_hold_is_printed_from_the_desk_and_counts_as_printed(world: World, grace: Grace) -> None:
    world.place_hold(world.lin, world.dune)
    hold = grace.enter(world.dune.barcode, mode="return")["line"]["slip"]
    for _again in range(2):
        slip = grace.client.post(reverse("paper:print_slips"), {"hold": hold})
        assert slip["Content-Type"] == "application/pdf"
    assert HoldSlip.objects.get().hold_id == hold
    assert grace.client.post(reverse("paper:print_slips"), {"hold": "x"}).status_code == 404


def test_hold_for_a_caller_is_picked_up_where_they_say(world: World, grace: Grace) -> None:
    Branch.objects.create(code="north", name="North Branch", name_en="North Branch")
    line = grace.enter(world.dune.barcode, world.lin, "hold", pickup="north")["line"]
    assert line["then"] == "Pickup at North Branch"
    assert grace.enter(world.emma.barcode, world.lin, "hold")["line"]["then"] == "Pickup at Main"
    assert set(Hold.objects.values_list("pickup__code", flat=True)) == {"north", world.by.branch.code}


def test_hold_on_the_scanned_copy_needs_a_scan(world: World, grace: Grace) -> None:
    line = grace.enter(world.dune.barcode, world.lin, "hold", only_copy=True)["line"]
    assert (line["words"], Hold.objects.get().copy) == ("On hold: only this copy", world.dune)
    title = grace.enter("emma", world.lin, "hold")["choices"][0]["entry"]
    line = grace.enter(title, world.lin, "hold", only_copy=True)["line"]
    assert (line["words"], Hold.objects.count()) == ("Which copy?", 1)


def test_fee_is_paid_by_card_without_change(world: World, grace: Grace) -> None:
    fees.charge(world.by, world.ada, "other", Decimal(9))
    over = grace.enter("10", world.ada, "fee", means="card")["line"]
    assert (over["words"], over["then"]) == (
        "No payment taken",
        "Only 9.00 CNY is owed. Take that much: change is given for cash only.",
    )
    assert grace.enter("", world.ada, "fee", means="card")["line"]["words"] == "Payment taken, bank card"
    assert Payment.objects.get().means == Payment.Means.CARD


def test_pulled_item_is_trapped_for_the_waiting_hold(world: World, grace: Grace) -> None:
    world.place_hold(world.lin, world.dune)
    assert grace.enter(world.dune.barcode, mode="hold")["line"]["where"] == "Hold shelf 0020"
    assert grace.enter(world.emma.barcode, mode="hold")["line"]["words"] == "No holds"


def test_title_found_by_words_is_put_on_hold_and_undone(world: World, grace: Grace) -> None:
    choices = grace.enter("un", world.ada, "hold")["choices"]
    assert [choice["words"] for choice in choices] == ["Dune"]
    answer = grace.enter(choices[0]["entry"], world.ada, "hold")
    assert (answer["line"]["words"], answer["line"]["where"]) == ("On hold", "Place 1 of 1")
    assert grace.undo_entry(answer["line"]["undo"])["words"] == "Undone"
    assert Hold.objects.get().state == Hold.State.CANCELLED


def test_desk_tells_the_place_that_a_head_start_gives(world: World, grace: Grace) -> None:
    world.place_hold(world.lin, world.dune)
    world.advance(hours=1)
    GrantedService.objects.create(key="1", head_start=7)
    Patron.objects.filter(pk=world.ada.pk).update(services="1")
    answer = grace.enter(grace.enter("un", world.ada, "hold")["choices"][0]["entry"], world.ada, "hold")
    assert answer["line"]["where"] == "Place 1 of 2"


def test_checkout_can_be_undone_only_once(world: World, grace: Grace) -> None:
    token = grace.enter(world.dune.barcode, world.ada)["line"]["undo"]
    assert grace.undo_entry(token)["ok"] is True
    again = grace.undo_entry(token)
    assert (again["ok"], again["words"]) == (False, "Nothing to undo")


@pytest.mark.parametrize(
    ("typed", "where", "owed"),
    [("", "12.50 CNY", "0.00 CNY"), ("2.5", "2.50 CNY", "10.00 CNY"), ("3,00", "3.00 CNY", "9.50 CNY")],
)
def test_fee_is_paid_in_full_or_in_part(world: World, grace: Grace, typed: str, where: str, owed: str) -> None:
    fees.charge(world.by, world.ada, "overdue", Decimal("12.50"))
    answer = grace.enter(typed, world.ada, "fee")
    assert (answer["line"]["where"], answer["patron"]["fees"], answer["mode"]) == (where, owed, "borrow")


def test_overpayment_shows_the_change(world: World, grace: Grace) -> None:
    fees.charge(world.by, world.ada, "overdue", Decimal("12.50"))
    assert grace.enter("20", world.ada, "fee")["line"]["then"] == "Give change: 7.50 CNY"


@pytest.mark.parametrize("typed", ["0", "-1", "1.005", "0.001"])
def test_invalid_amount_takes_no_payment(world: World, grace: Grace, typed: str) -> None:
    fees.charge(world.by, world.ada, "overdue", Decimal("12.50"))
    assert grace.enter(typed, world.ada, "fee")["line"]["words"] == "No payment taken"
    assert Fee.objects.get().paid == 0


def test_barcode_in_fee_mode_checks_the_item_out(world: World, grace: Grace) -> None:
    answer = grace.enter(world.dune.barcode, world.ada, "fee")
    assert (answer["line"]["words"], answer["mode"]) == ("Checked out", "borrow")


@pytest.mark.parametrize("status", [Card.Status.LOST, Card.Status.BLOCKED])
def test_lost_or_blocked_card_ends_the_open_visit(world: World, grace: Grace, status: str) -> None:
    Card.objects.filter(patron=world.lin).update(status=status)
    answer = grace.enter(LIN_UID, world.ada)
    assert (answer["line"]["tone"], answer["patron"]) == ("stop", None)


def test_lost_card_keeps_the_checkout_mode(world: World, grace: Grace) -> None:
    grace.enter(world.dune.barcode, world.ada)
    Card.objects.filter(patron=world.lin).update(status=Card.Status.LOST)
    assert grace.enter(LIN_UID, world.ada, "borrow")["mode"] == "borrow"
    assert grace.enter(LIN_UID, world.ada, "fee")["mode"] == "borrow"


@pytest.mark.parametrize("mode", ["borrow", "return", "renew", "hold", "fee"])
def test_unknown_number_or_isbn_keeps_patron_and_mode(world: World, grace: Grace, mode: str) -> None:
    """A changed mode would make checkins of the next scans."""
    for text, words in {
        "04FFFFFF": "Unknown number",
        "6901234567892": "Unknown number",
        "9780306406157": "An ISBN, not an item",
        "978030640615751299": "An ISBN, not an item",
        "978-0-306-40615-7": "An ISBN, not an item",
        "30000000000099": "Not in the catalogue",
    }.items():
        answer = grace.enter(text, world.ada, mode)
        assert answer["line"]["words"] == words
        assert answer["line"]["tone"] != "done"
        assert answer["line"]["farewell"] is False
        assert (answer["patron"]["name"], answer["mode"]) == ("Ada S.", mode)
    assert world.event_kinds() == []


def test_isbn_in_the_catalogue_shows_its_title(world: World, grace: Grace) -> None:
    Isbn.objects.create(title=world.dune.title, isbn13="9780306406157")
    for text in ("9780306406157", "0306406152"):
        line = grace.enter(text, world.ada)["line"]
        assert (line["words"], line["book"]["title"]) == ("An ISBN, not an item", "Dune")
    assert world.loans(world.dune) == []


def test_renewal_shows_the_renewals_left(world: World, grace: Grace) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    world.make_due_soon()
    line = grace.enter(world.dune.barcode, world.ada, "renew")["line"]
    assert (line["words"], line["then"]) == ("Renewed", "0 renewals left")


def test_undone_checkin_reopens_the_loan_with_its_due_date(world: World, grace: Grace) -> None:
    loan_changes.checkout(world.by, world.lin, world.dune)
    loan_changes.renew(world.by, world.lin, world.dune)
    before = world.loans(world.dune)[0]
    world.advance(days=2)
    grace.sign_in()
    token = grace.enter(world.dune.barcode, mode="return")["line"]["undo"]
    assert grace.undo_entry(token)["words"] == "Undone"
    (after,) = world.loans(world.dune)
    assert (after.state, after.due, after.closed_at) == (Loan.State.ON_LOAN, before.due, None)
    assert (after.renewals, after.patron) == (before.renewals, world.lin)
    assert world.event_kinds()[-2:] == ["checkin", "loan_reopened"]
    assert grace.undo_entry(token)["ok"] is False


def test_undone_checkin_returns_the_hold_to_waiting(world: World, grace: Grace) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    hold = world.place_hold(world.lin, world.dune)
    line = grace.enter(world.dune.barcode, mode="return")["line"]
    assert line["tone"] == "waits"
    assert grace.undo_entry(line["undo"])["ok"] is True
    again = Hold.objects.get()
    assert (again.state, again.item, again.placed_at) == (Hold.State.WAITING, None, hold.placed_at)
    assert world.loans(world.dune)[0].state == Loan.State.ON_LOAN
    assert grace.enter(world.dune.barcode, mode="return")["line"]["tone"] == "waits"


def test_undone_checkin_deletes_its_transfer(world: World, grace: Grace) -> None:
    north = Branch.objects.create(code="north", name="North", return_place="C", hold_place="D")
    Item.objects.filter(pk=world.dune.pk).update(branch=north)
    loan_changes.checkout(world.by, world.ada, world.dune)
    token = grace.enter(world.dune.barcode, mode="return")["line"]["undo"]
    assert Transit.objects.count() == 1
    assert grace.undo_entry(token)["ok"] is True
    assert Transit.objects.count() == 0


def test_undone_confirmation_sets_the_return_to_pending_again(world: World, grace: Grace) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    loan_changes.checkin(world.by, world.dune, ReturnMode.PROVISIONAL)
    before_checkin = world.event_kinds()
    world.advance(minutes=5)
    token = grace.enter(world.dune.barcode, mode="return")["line"]["undo"]
    assert grace.undo_entry(token)["ok"] is True
    assert world.loans(world.dune)[0].state == Loan.State.HANDED_IN
    assert PendingReturn.objects.get().state == PendingReturn.State.WAITING
    assert world.event_kinds() == [*before_checkin, "return_confirmed", "loan_reopened", "handed_in"]


def test_checkin_followed_by_a_checkout_cannot_be_undone(world: World, grace: Grace) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    token = grace.enter(world.dune.barcode, mode="return")["line"]["undo"]
    grace.enter(world.dune.barcode, world.lin)
    assert grace.undo_entry(token)["words"] == "Nothing to undo"
    assert [each.state for each in world.loans(world.dune)] == [Loan.State.RETURNED, Loan.State.ON_LOAN]


def test_checkin_can_be_undone_only_by_the_staff_member_at_the_desk(world: World, grace: Grace) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    token = grace.enter(world.dune.barcode, mode="return")["line"]["undo"]
    assert Grace(name="ida").undo_entry(token)["ok"] is False
    loan_changes.checkout(world.by, world.ada, world.emma)
    loan_changes.receive(world.by, world.emma)
    assert grace.undo_entry(f"return:{world.loans(world.emma)[0].pk}")["ok"] is False
    assert world.loans(world.emma)[0].state == Loan.State.RETURNED


def test_checkin_of_a_lost_item_has_no_undo(world: World, grace: Grace) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    loan_changes.lose(world.by, world.dune)
    assert grace.enter(world.dune.barcode, mode="return")["line"]["undo"] == ""


def test_unknown_barcode_keeps_the_visit(world: World, grace: Grace) -> None:
    answer = grace.enter("30000000000099", world.ada)
    assert (answer["line"]["words"], answer["patron"]["name"]) == ("Not in the catalogue", "Ada S.")


def test_names_in_search_results_are_masked(grace: Grace) -> None:
    ref = Patron.objects.get(identifier="20000000000012").ref
    assert grace.enter("ada", mode="return")["choices"] == [
        {"kind": "patron", "words": "Ada S.", "detail": "···0012 Adult", "entry": f"patron:{ref}"}
    ]


def test_unknown_words_find_nothing(grace: Grace) -> None:
    assert grace.enter("xyzzy")["choices"] == []


@pytest.mark.parametrize("text", ["|", "x" * 10_000, "\x00\x1b", "%_%", "'; DROP TABLE", "１２３４５６"])
def test_unusual_input_is_answered_normally(grace: Grace, text: str) -> None:
    assert grace.enter(text)["kind"] in ("choices", "line")


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"id": "x", "text": "", "patron": "", "mode": "borrow"}', '{"id": null}']
)
def test_malformed_request_is_a_bad_request(grace: Grace, body: str) -> None:
    for name in ("entry", "undo"):
        response = grace.client.post(reverse(f"staff:{name}"), body, content_type="application/json")
        assert response.status_code == 400


@pytest.mark.parametrize(
    ("url", "field", "value"),
    [
        *(("staff:undo", "of", each) for each in ("", "act:x", "hold:x", "hold:99", "hold:", "dance:1")),
        *(("staff:entry", "text", each) for each in ("title:99", "title:x", "title:")),
    ],
)
def test_invalid_undo_token_or_title_is_a_bad_request(
    world: World, grace: Grace, url: str, field: str, value: str
) -> None:
    request = {"id": str(uuid4()), "patron": world.ada.ref, "mode": "hold", field: value}
    assert grace.client.post(reverse(url), request, content_type="application/json").status_code == 400
