"""Test the JSON answers of the desk: scans of every kind, in every mode, and repeated requests."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from hub.catalogue.models import Branch, Isbn, Item
from hub.circulation import operations
from hub.circulation.models import Card, CirculationEvent, Fee, Hold, Loan, Patron, PendingReturn, Transit
from hub.staff.models import DeskAnswer
from lending.transactions import ReturnMode
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import ADA_UID, LIN_UID, World


@pytest.fixture
def grace(world: World) -> Grace:
    return Grace()


@pytest.mark.parametrize("text", [ADA_UID, ADA_UID.lower(), "20000000000012", f" {ADA_UID} "])
def test_a_card_is_known_by_its_uid_or_its_number(grace: Grace, text: str) -> None:
    answer = grace.enters(text, mode="return")
    assert (answer["kind"], answer["mode"]) == ("patron", "borrow")
    assert answer["patron"]["name"] == "Ada S."
    assert answer["patron"]["number"] == "Number ···0012, Adult"
    assert answer["patron"]["loans"] == "0 / 3"


def test_the_whole_name_is_not_on_the_desk(grace: Grace) -> None:
    assert "Sample" not in str(grace.enters(ADA_UID))


def test_a_book_is_lent_with_its_due_date(world: World, grace: Grace) -> None:
    answer = grace.enters(world.dune.barcode, world.ada)
    assert answer["line"]["words"] == "Checked out"
    assert answer["line"]["where"] == "Wed 23 Dec"
    assert answer["patron"]["loans"] == "1 / 3"
    assert [loan.patron for loan in world.loans(world.dune)] == [world.ada]


def test_the_feed_knows_who_lent_it(world: World, grace: Grace) -> None:
    grace.enters(world.dune.barcode, world.ada)
    assert CirculationEvent.objects.get().data["staff"] == "grace"


@pytest.mark.parametrize("mode", ["borrow", "return", "renew", "hold", "fee"])
def test_an_entry_sent_again_is_done_once_and_answered_as_before(world: World, grace: Grace, mode: str) -> None:
    """Its answer was lost on the way: above all, money must not be taken twice."""
    operations.charge(world.by, world.ada, "other", Decimal(9))
    if mode in ("return", "renew"):
        operations.checkout(world.by, world.ada, world.dune)
        world.soon_due()
    before, entry = len(world.happened()), str(uuid4())
    text = "4" if mode == "fee" else world.dune.barcode
    answers = [grace.enters(text, world.ada, mode, of=entry) for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["line"]["tone"] == "done"
    assert len(world.happened()) == before + 1


def test_another_window_of_the_same_session_does_not_make_an_entry_be_done_twice(world: World, grace: Grace) -> None:
    """Its answer was lost, and before it was sent again something was entered in the other window."""
    operations.charge(world.by, world.ada, "other", Decimal(9))
    entry = str(uuid4())
    first = grace.enters("4", world.ada, "fee", of=entry)
    grace.enters(world.emma.barcode, world.ada)
    assert grace.enters("4", world.ada, "fee", of=entry) == first
    assert Fee.objects.get().paid == 4


def test_an_entry_is_told_again_to_nobody_else_and_forgotten_after_a_day(world: World, grace: Grace) -> None:
    entry = str(uuid4())
    grace.enters(world.dune.barcode, world.ada, of=entry)
    other = Client()
    other.force_login(User.objects.create_superuser("ida", password="long enough"))
    asked = {"id": entry, "text": world.dune.barcode, "patron": world.ada.ref, "mode": "borrow"}
    assert other.post(reverse("staff:entry"), asked, content_type="application/json").status_code == 400
    world.ahead(days=1, minutes=1)
    grace.signs_in()
    grace.enters(world.emma.barcode, world.ada)
    assert not DeskAnswer.objects.filter(pk=entry).exists()


def test_an_undo_sent_again_is_done_once(world: World, grace: Grace) -> None:
    token, undo = grace.enters(world.dune.barcode, world.ada)["line"]["undo"], str(uuid4())
    assert [grace.takes_back(token, of=undo)["words"] for _ in range(2)] == ["Undone", "Undone"]


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("borrow", "Already on loan to this patron, due Wed 23 Dec"),
        ("hold", "Patron already has it or has a hold"),
    ],
)
def test_what_the_patron_has_is_refused_with_its_reason(world: World, grace: Grace, mode: str, words: str) -> None:
    grace.enters(world.dune.barcode, world.ada)
    answer = grace.enters(world.dune.barcode, world.ada, mode)
    assert (answer["line"]["tone"], answer["line"]["words"]) == ("stop", words)


def test_without_a_patron_a_book_to_lend_asks_for_the_card(world: World, grace: Grace) -> None:
    answer = grace.enters(world.dune.barcode)
    assert (answer["line"]["tone"], answer["line"]["then"]) == ("look", "Scan a card first.")
    assert world.loans(world.dune) == []


def test_a_returned_book_closes_its_loan(world: World, grace: Grace) -> None:
    grace.enters(world.dune.barcode, world.ada)
    answer = grace.enters(world.dune.barcode, mode="return")
    assert (answer["line"]["words"], answer["line"]["where"]) == ("Checked in", "A")
    assert world.loans(world.dune)[0].state == Loan.State.RETURNED


def test_scanning_a_handed_in_book_confirms_it(world: World, grace: Grace) -> None:
    operations.checkout(world.by, world.ada, world.dune)
    operations.checkin(world.by, world.dune, ReturnMode.PROVISIONAL)
    assert grace.enters(world.dune.barcode, mode="return")["line"]["words"] == "Checked, loan closed"
    assert world.happened()[-1] == "return_confirmed"


def test_a_handed_in_book_is_lent_to_the_next(world: World, grace: Grace) -> None:
    operations.checkout(world.by, world.ada, world.dune)
    operations.checkin(world.by, world.dune, ReturnMode.PROVISIONAL)
    assert grace.enters(world.dune.barcode, world.lin)["line"]["words"] == "Checked out"
    assert [loan.state for loan in world.loans(world.dune)] == [Loan.State.RETURNED, Loan.State.ON_LOAN]


def test_a_returned_book_for_which_someone_waits_is_kept_at_once(world: World, grace: Grace) -> None:
    grace.enters(world.dune.barcode, world.ada)
    world.waits(world.lin, world.dune)
    line = grace.enters(world.dune.barcode, mode="return")["line"]
    assert (line["tone"], line["where"], line["then"]) == ("waits", "Hold shelf 0020", "On hold until Wed 2 Dec")
    again = grace.enters(world.dune.barcode, mode="return")["line"]
    assert (again["tone"], again["words"]) == ("stop", "On hold for another patron")


def test_a_pulled_book_is_trapped_for_the_one_who_waits(world: World, grace: Grace) -> None:
    world.waits(world.lin, world.dune)
    assert grace.enters(world.dune.barcode, mode="hold")["line"]["where"] == "Hold shelf 0020"
    assert grace.enters(world.emma.barcode, mode="hold")["line"]["words"] == "No holds"


def test_a_title_is_found_by_its_words_and_put_on_hold(world: World, grace: Grace) -> None:
    choices = grace.enters("un", world.ada, "hold")["choices"]
    assert [choice["words"] for choice in choices] == ["Dune"]
    answer = grace.enters(choices[0]["entry"], world.ada, "hold")
    assert (answer["line"]["words"], answer["line"]["where"]) == ("On hold", "Number 1 in the queue")
    assert grace.takes_back(answer["line"]["undo"])["words"] == "Undone"
    assert Hold.objects.get().state == Hold.State.CANCELLED


def test_a_loan_is_undone_and_only_once(world: World, grace: Grace) -> None:
    token = grace.enters(world.dune.barcode, world.ada)["line"]["undo"]
    assert grace.takes_back(token)["ok"] is True
    again = grace.takes_back(token)
    assert (again["ok"], again["words"]) == (False, "Nothing to undo")


@pytest.mark.parametrize(
    ("typed", "where", "owed"),
    [("", "12.50 CNY", "0.00 CNY"), ("2.5", "2.50 CNY", "10.00 CNY"), ("3,00", "3.00 CNY", "9.50 CNY")],
)
def test_money_is_taken_whole_or_in_part(world: World, grace: Grace, typed: str, where: str, owed: str) -> None:
    operations.charge(world.by, world.ada, "overdue", Decimal("12.50"))
    answer = grace.enters(typed, world.ada, "fee")
    assert (answer["line"]["where"], answer["patron"]["fees"], answer["mode"]) == (where, owed, "borrow")


def test_what_is_given_too_much_is_given_back(world: World, grace: Grace) -> None:
    operations.charge(world.by, world.ada, "overdue", Decimal("12.50"))
    assert grace.enters("20", world.ada, "fee")["line"]["then"] == "Give change: 7.50 CNY"


@pytest.mark.parametrize("typed", ["0", "-1", "1.005", "0.001"])
def test_a_sum_that_is_none_takes_nothing(world: World, grace: Grace, typed: str) -> None:
    operations.charge(world.by, world.ada, "overdue", Decimal("12.50"))
    assert grace.enters(typed, world.ada, "fee")["line"]["words"] == "No payment taken"
    assert Fee.objects.get().paid == 0


def test_a_book_scanned_where_money_is_expected_is_a_book(world: World, grace: Grace) -> None:
    answer = grace.enters(world.dune.barcode, world.ada, "fee")
    assert (answer["line"]["words"], answer["mode"]) == ("Checked out", "borrow")


@pytest.mark.parametrize("status", [Card.Status.LOST, Card.Status.BLOCKED])
def test_a_card_out_of_use_ends_the_visit_that_was_open(world: World, grace: Grace, status: str) -> None:
    Card.objects.filter(patron=world.lin).update(status=status)
    answer = grace.enters(LIN_UID, world.ada)
    assert (answer["line"]["tone"], answer["patron"]) == ("stop", None)


def test_a_card_out_of_use_does_not_make_the_books_that_follow_returns(world: World, grace: Grace) -> None:
    grace.enters(world.dune.barcode, world.ada)
    Card.objects.filter(patron=world.lin).update(status=Card.Status.LOST)
    assert grace.enters(LIN_UID, world.ada, "borrow")["mode"] == "borrow"
    assert grace.enters(LIN_UID, world.ada, "fee")["mode"] == "borrow"


@pytest.mark.parametrize("mode", ["borrow", "return", "renew", "hold", "fee"])
def test_an_unknown_number_or_an_isbn_changes_nothing(world: World, grace: Grace, mode: str) -> None:
    """The patron and the mode stay: else the next books would be returned from other patrons."""
    for text, words in {
        "04FFFFFF": "Unknown number",
        "6901234567892": "Unknown number",
        "9780306406157": "An ISBN, not an item",
        "978030640615751299": "An ISBN, not an item",
        "978-0-306-40615-7": "An ISBN, not an item",
        "30000000000099": "Not in the catalogue",
    }.items():
        answer = grace.enters(text, world.ada, mode)
        assert answer["line"]["words"] == words
        assert answer["line"]["tone"] != "done"
        assert answer["line"]["farewell"] is False
        assert (answer["patron"]["name"], answer["mode"]) == ("Ada S.", mode)
    assert world.happened() == []


def test_an_isbn_of_the_catalogue_is_told_with_its_title(world: World, grace: Grace) -> None:
    Isbn.objects.create(title=world.dune.title, isbn13="9780306406157")
    for text in ("9780306406157", "0306406152"):
        line = grace.enters(text, world.ada)["line"]
        assert (line["words"], line["book"]["title"]) == ("An ISBN, not an item", "Dune")
    assert world.loans(world.dune) == []


def test_a_renewal_says_how_many_are_left(world: World, grace: Grace) -> None:
    operations.checkout(world.by, world.ada, world.dune)
    world.soon_due()
    line = grace.enters(world.dune.barcode, world.ada, "renew")["line"]
    assert (line["words"], line["then"]) == ("Renewed", "0 renewals left")


def test_a_mistaken_return_is_undone_and_the_loan_continues(world: World, grace: Grace) -> None:
    operations.checkout(world.by, world.lin, world.dune)
    operations.renew(world.by, world.lin, world.dune)
    before = world.loans(world.dune)[0]
    world.ahead(days=2)
    grace.signs_in()
    token = grace.enters(world.dune.barcode, mode="return")["line"]["undo"]
    assert grace.takes_back(token)["words"] == "Undone"
    (after,) = world.loans(world.dune)
    assert (after.state, after.due, after.closed_at) == (Loan.State.ON_LOAN, before.due, None)
    assert (after.renewals, after.patron) == (before.renewals, world.lin)
    assert world.happened()[-2:] == ["checkin", "loan_reopened"]
    assert grace.takes_back(token)["ok"] is False


def test_undoing_a_return_lets_the_hold_it_kept_wait_again_at_its_place(world: World, grace: Grace) -> None:
    operations.checkout(world.by, world.ada, world.dune)
    hold = world.waits(world.lin, world.dune)
    line = grace.enters(world.dune.barcode, mode="return")["line"]
    assert line["tone"] == "waits"
    assert grace.takes_back(line["undo"])["ok"] is True
    again = Hold.objects.get()
    assert (again.state, again.item, again.placed_at) == (Hold.State.WAITING, None, hold.placed_at)
    assert world.loans(world.dune)[0].state == Loan.State.ON_LOAN
    assert grace.enters(world.dune.barcode, mode="return")["line"]["tone"] == "waits"


def test_undoing_a_return_ends_the_transfer_that_it_began(world: World, grace: Grace) -> None:
    north = Branch.objects.create(code="north", name="North", return_place="C", hold_place="D")
    Item.objects.filter(pk=world.dune.pk).update(branch=north)
    operations.checkout(world.by, world.ada, world.dune)
    token = grace.enters(world.dune.barcode, mode="return")["line"]["undo"]
    assert Transit.objects.count() == 1
    assert grace.takes_back(token)["ok"] is True
    assert Transit.objects.count() == 0


def test_a_confirmed_return_that_is_undone_waits_to_be_checked_again(world: World, grace: Grace) -> None:
    operations.checkout(world.by, world.ada, world.dune)
    operations.checkin(world.by, world.dune, ReturnMode.PROVISIONAL)
    told = world.happened()
    world.ahead(minutes=5)
    token = grace.enters(world.dune.barcode, mode="return")["line"]["undo"]
    assert grace.takes_back(token)["ok"] is True
    assert world.loans(world.dune)[0].state == Loan.State.HANDED_IN
    assert PendingReturn.objects.get().state == PendingReturn.State.WAITING
    assert world.happened() == [*told, "return_confirmed", "loan_reopened", "handed_in"]


def test_a_return_after_which_the_copy_was_lent_is_not_undone(world: World, grace: Grace) -> None:
    operations.checkout(world.by, world.ada, world.dune)
    token = grace.enters(world.dune.barcode, mode="return")["line"]["undo"]
    grace.enters(world.dune.barcode, world.lin)
    assert grace.takes_back(token)["words"] == "Nothing to undo"
    assert [each.state for each in world.loans(world.dune)] == [Loan.State.RETURNED, Loan.State.ON_LOAN]


def test_only_who_took_a_return_at_the_desk_undoes_it_there(world: World, grace: Grace) -> None:
    operations.checkout(world.by, world.ada, world.dune)
    token = grace.enters(world.dune.barcode, mode="return")["line"]["undo"]
    assert Grace(name="ida").takes_back(token)["ok"] is False
    operations.checkout(world.by, world.ada, world.emma)
    operations.receive(world.by, world.emma)
    assert grace.takes_back(f"return:{world.loans(world.emma)[0].pk}")["ok"] is False
    assert world.loans(world.emma)[0].state == Loan.State.RETURNED


def test_finding_a_lost_copy_has_no_undo(world: World, grace: Grace) -> None:
    operations.checkout(world.by, world.ada, world.dune)
    operations.lose(world.by, world.dune)
    assert grace.enters(world.dune.barcode, mode="return")["line"]["undo"] == ""


def test_a_label_that_is_not_in_the_catalogue_leaves_the_visit_open(world: World, grace: Grace) -> None:
    answer = grace.enters("30000000000099", world.ada)
    assert (answer["line"]["words"], answer["patron"]["name"]) == ("Not in the catalogue", "Ada S.")


def test_names_are_masked_where_they_are_offered(grace: Grace) -> None:
    ref = Patron.objects.get(identifier="20000000000012").ref
    assert grace.enters("ada", mode="return")["choices"] == [
        {"kind": "patron", "words": "Ada S.", "detail": "···0012 Adult", "entry": f"patron:{ref}"}
    ]


def test_words_that_nobody_knows_find_nothing(grace: Grace) -> None:
    assert grace.enters("xyzzy")["choices"] == []


@pytest.mark.parametrize("text", ["|", "x" * 10_000, "\x00\x1b", "%_%", "'; DROP TABLE", "１２３４５６"])
def test_odd_input_is_answered_like_any_other(grace: Grace, text: str) -> None:
    assert grace.enters(text)["kind"] in ("choices", "line")


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"id": "x", "text": "", "patron": "", "mode": "borrow"}', '{"id": null}']
)
def test_a_script_of_another_version_is_told_what_is_wanted(grace: Grace, body: str) -> None:
    for name in ("entry", "undo"):
        response = grace.client.post(reverse(f"staff:{name}"), body, content_type="application/json")
        assert response.status_code == 400


@pytest.mark.parametrize("token", ["", "act:x", "hold:x", "hold:99", "hold:", "dance:1"])
def test_what_nobody_can_take_back_is_said_to_be_so(grace: Grace, token: str) -> None:
    asked = {"id": str(uuid4()), "of": token, "patron": ""}
    response = grace.client.post(reverse("staff:undo"), asked, content_type="application/json")
    assert response.status_code == 400


@pytest.mark.parametrize("entry", ["title:99", "title:x", "title:"])
def test_a_title_that_is_gone_is_not_put_on_hold(world: World, grace: Grace, entry: str) -> None:
    asked = {"id": str(uuid4()), "text": entry, "patron": world.ada.ref, "mode": "hold"}
    response = grace.client.post(reverse("staff:entry"), asked, content_type="application/json")
    assert response.status_code == 400
