"""Test the desk page in Chromium on a real hub: a clerk's work without the mouse."""

import json
import urllib.request
from typing import Any

import pytest
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By

from tests.hub.staff.clerk import Clerk
from tests.hub.staff.kiosk_at_work import KioskAtWork
from tests.hub.support.browsers import DemoHub
from tests.support.patience import PATIENCE

FREE = tuple(f"free_{number:02}" for number in range(1, 61))


@pytest.fixture
def clerk(browser: Chrome, demo_hub: DemoHub) -> Clerk:
    return Clerk(browser, demo_hub)


def state(hub: DemoHub, patron: str = "", item: str = "") -> list[dict[str, Any]]:
    """Return the loans of a patron or an item, read from the hub and not from the page."""
    query = f"patrons={hub.patrons[patron]['identifier']}" if patron else f"items={hub.items[item]['barcode']}"
    with urllib.request.urlopen(f"{hub.url}/api/demo/state?{query}", timeout=PATIENCE) as answer:
        loans: list[dict[str, Any]] = json.load(answer)["loans"]
    return loans


def on_loan(hub: DemoHub, patron: str) -> list[str]:
    return sorted(loan["item"] for loan in state(hub, patron) if loan["state"] == "on_loan")


def barcodes(hub: DemoHub, *cases: str) -> list[str]:
    return [hub.items[case]["barcode"] for case in cases]


def test_ten_fast_scans_check_out_ten_items(clerk: Clerk, demo_hub: DemoHub) -> None:
    """The scanner does not wait for an answer between two scans."""
    books = barcodes(demo_hub, *FREE[:10])
    clerk.scan(demo_hub.patrons["plain_1"]["card"], *books)
    assert "Ada S." in clerk.patron()
    assert [row.state for row in clerk.rows()] == ["Checked out"] * 10
    titles = [demo_hub.items[case]["title"] for case in FREE[9::-1]]
    assert all(row.title.startswith(title) for row, title in zip(clerk.rows(), titles, strict=True))
    assert on_loan(demo_hub, "plain_1") == sorted(books)
    assert clerk.focused()
    clerk.picture("desk-en-ten-books")


def test_item_over_the_limit_is_refused_with_advice(clerk: Clerk, demo_hub: DemoHub) -> None:
    clerk.scan(demo_hub.patrons["plain_1"]["card"], *barcodes(demo_hub, *FREE[:11]))
    assert clerk.rows()[0].state == "Loan limit reached (10) An item must be returned first."
    assert clerk.rows()[0].tone == "stop"
    assert len(on_loan(demo_hub, "plain_1")) == 10


def test_scans_without_a_patron_check_items_in(clerk: Clerk, demo_hub: DemoHub) -> None:
    clerk.scan(*barcodes(demo_hub, "on_loan", "free_01"))
    assert [(row.act, row.tone) for row in clerk.rows()] == [("Check in", "look"), ("Check in", "done")]
    assert clerk.rows()[0].state == "Back to the shelf It was not on loan. Put it back on the shelf."
    clerk.picture("desk-en-not-on-loan")
    assert [loan["state"] for loan in state(demo_hub, item="on_loan")] == ["returned"]


def test_f3_checks_in_during_a_visit_and_f2_checks_out_again(clerk: Clerk, demo_hub: DemoHub) -> None:
    card, book = demo_hub.patrons["plain_2"]["card"], demo_hub.items["free_05"]["barcode"]
    clerk.scan(card, book)
    clerk.press(Keys.F3)
    clerk.scan(book)
    clerk.press(Keys.F2)
    clerk.scan(book)
    assert [(row.act, row.state) for row in clerk.rows()] == [
        ("Check out", "Checked out"),
        ("Check in", "Checked in"),
        ("Check out", "Checked out"),
    ]
    assert on_loan(demo_hub, "plain_2") == [book]


def test_key_between_two_fast_scans_applies_to_the_next_scan(clerk: Clerk, demo_hub: DemoHub) -> None:
    card, (first, second) = demo_hub.patrons["plain_3"]["card"], barcodes(demo_hub, "free_01", "free_02")
    clerk.type(card, Keys.ENTER, first, Keys.ENTER, Keys.F3, first, Keys.ENTER, Keys.F2, second, Keys.ENTER)
    clerk.settled()
    assert [row.act for row in clerk.rows()] == ["Check out", "Check in", "Check out"]
    assert on_loan(demo_hub, "plain_3") == [second]


def test_f4_renews_and_shows_the_new_due_date(clerk: Clerk, demo_hub: DemoHub) -> None:
    """A loan made today cannot be renewed, because its due date would not change."""
    clerk.scan(demo_hub.patrons["plain_1"]["card"], demo_hub.items["free_01"]["barcode"])
    clerk.press(Keys.F4)
    clerk.scan(demo_hub.items["free_01"]["barcode"])
    early, borrowed = clerk.rows()[:2]
    assert (early.act, early.tone) == ("Renew", "stop")
    clerk.press(Keys.ESCAPE)
    clerk.press(Keys.F4)
    clerk.scan(demo_hub.items["on_loan"]["barcode"])
    assert (clerk.rows()[0].act, clerk.rows()[0].tone) == ("Renew", "done")
    assert clerk.rows()[0].where == borrowed.where


def test_renewal_without_renewals_left_is_refused(clerk: Clerk, demo_hub: DemoHub) -> None:
    clerk.press(Keys.F4)
    clerk.scan(demo_hub.items["no_renewals"]["barcode"])
    assert (clerk.rows()[0].act, clerk.rows()[0].tone) == ("Renew", "stop")


def test_ctrl_z_undoes_the_last_line_then_the_one_before(clerk: Clerk, demo_hub: DemoHub) -> None:
    first, second = barcodes(demo_hub, "free_01", "free_02")
    clerk.scan(demo_hub.patrons["plain_1"]["card"], first, second)
    clerk.undo()
    assert on_loan(demo_hub, "plain_1") == [first]
    assert clerk.rows()[0].state == "Undone"
    clerk.undo()
    assert on_loan(demo_hub, "plain_1") == []


def test_f6_takes_a_given_amount_or_the_whole_fee(clerk: Clerk, demo_hub: DemoHub) -> None:
    clerk.scan(demo_hub.patrons["fees"]["card"])
    assert "Owes" in clerk.patron()
    clerk.press(Keys.F6)
    clerk.scan("1.50")
    assert clerk.rows()[0].where == "1.50 CNY"
    clerk.press(Keys.F6, Keys.ENTER)
    assert "0.00 CNY" in clerk.patron()
    clerk.scan(demo_hub.items["free_01"]["barcode"])
    assert clerk.rows()[0].state == "Checked out"


def test_f8_places_a_hold_and_ctrl_z_cancels_it(clerk: Clerk, demo_hub: DemoHub) -> None:
    clerk.scan(demo_hub.patrons["plain_1"]["card"])
    clerk.press(Keys.F8)
    clerk.scan(demo_hub.items["on_loan"]["barcode"])
    assert (clerk.rows()[0].act, clerk.rows()[0].state) == ("Hold", "On hold Pickup at Main library")
    clerk.undo()
    assert clerk.rows()[0].state == "Undone"


def test_shift_f8_limits_the_hold_to_the_scanned_copy_for_this_patron_only(clerk: Clerk, demo_hub: DemoHub) -> None:
    clerk.scan(demo_hub.patrons["plain_1"]["card"])
    clerk.press(Keys.F8)
    clerk.chord(Keys.SHIFT, Keys.F8)
    clerk.picture("desk-en-hold")
    clerk.scan(demo_hub.items["on_loan"]["barcode"])
    assert clerk.rows()[0].state == "On hold: only this copy Pickup at Main library"
    clerk.undo()
    clerk.scan(demo_hub.patrons["plain_2"]["card"])
    clerk.scan(demo_hub.items["on_loan"]["barcode"])
    assert clerk.rows()[0].state == "On hold Pickup at Main library"
    clerk.undo()


def test_hold_is_placed_from_the_record_which_finish_leads_back_to(clerk: Clerk, demo_hub: DemoHub) -> None:
    clerk.scan(demo_hub.patrons["plain_1"]["card"])
    clerk.browser.find_element(By.CSS_SELECTOR, "#patron h1 a").click()
    clerk.wait_for(lambda: clerk.browser.find_elements(By.CSS_SELECTOR, ".record-tabs"))
    record = clerk.browser.current_url
    clerk.browser.get(f"{record}holds/")
    clerk.picture("record-holds-en")
    clerk.browser.find_element(By.CSS_SELECTOR, ".filters a.button").click()
    clerk.settled()
    assert "Ada S." in clerk.patron()
    assert clerk.browser.find_element(By.ID, "finish").text == "Esc\nBack"
    clerk.scan(demo_hub.items["on_loan"]["barcode"])
    assert clerk.rows()[0].state == "On hold Pickup at Main library"
    clerk.picture("desk-en-hold-from-record")
    clerk.type(Keys.ESCAPE)
    clerk.wait_for(lambda: clerk.browser.current_url == f"{record}holds/")
    assert demo_hub.items["on_loan"]["title"] in clerk.browser.find_element(By.TAG_NAME, "main").text


def test_next_patron_ends_the_way_back_to_the_record(clerk: Clerk, demo_hub: DemoHub) -> None:
    clerk.scan(demo_hub.patrons["plain_2"]["card"])
    record = clerk.browser.find_element(By.CSS_SELECTOR, "#patron h1 a").get_attribute("href")
    clerk.browser.get(f"{record}holds/")
    clerk.browser.find_element(By.CSS_SELECTOR, ".filters a.button").click()
    clerk.settled()
    clerk.scan(demo_hub.patrons["plain_1"]["card"])
    assert clerk.browser.find_element(By.ID, "finish").text == "Esc\nFinish"
    clerk.press(Keys.ESCAPE)
    assert "No patron yet" in clerk.patron() and "/desk/" in clerk.browser.current_url


def test_hold_is_placed_from_the_title_for_the_patron_who_is_scanned_next(clerk: Clerk, demo_hub: DemoHub) -> None:
    item = demo_hub.items["free_40"]
    clerk.browser.get(f"{demo_hub.url}/staff/titles/?q={item['title']}")
    clerk.browser.find_element(By.CSS_SELECTOR, "main tbody a").click()
    clerk.wait_for(lambda: clerk.browser.find_elements(By.CSS_SELECTOR, ".filters a.button"))
    title = clerk.browser.current_url
    clerk.picture("title-en-hold")
    clerk.browser.find_element(By.CSS_SELECTOR, ".filters a.button").click()
    clerk.wait_for(lambda: "for which patron?" in clerk.patron())
    clerk.picture("desk-en-hold-from-title")
    clerk.scan(demo_hub.patrons["plain_2"]["card"])
    assert clerk.rows() == [], "the pickup branch can still be chosen"
    clerk.picture("desk-en-hold-from-title-patron")
    clerk.press(Keys.ENTER)
    assert (clerk.rows()[0].act, clerk.rows()[0].state) == ("Hold", "On hold Pickup at Main library")
    clerk.type(Keys.ESCAPE)
    clerk.wait_for(lambda: clerk.browser.current_url == title)
    assert "1 hold on it." in clerk.browser.find_element(By.TAG_NAME, "main").text


def test_enter_takes_the_only_meaning_of_what_was_typed(clerk: Clerk, demo_hub: DemoHub) -> None:
    barcode = demo_hub.items["free_41"]["barcode"]
    clerk.scan(demo_hub.patrons["plain_1"]["card"])
    clerk.scan(barcode[:-1])
    assert [row.state for row in clerk.rows()] == ["Checked out"]
    assert on_loan(demo_hub, "plain_1") == [barcode]


def test_checked_in_item_with_a_hold_goes_to_the_hold_shelf(clerk: Clerk, demo_hub: DemoHub) -> None:
    lent = demo_hub.items["on_loan"]["barcode"]
    clerk.scan(demo_hub.patrons["plain_1"]["card"])
    clerk.press(Keys.F8)
    clerk.scan(lent)
    clerk.press(Keys.ESCAPE)
    clerk.scan(lent)
    shelf = demo_hub.patrons["plain_1"]["identifier"][-4:]
    assert (clerk.rows()[0].tone, clerk.rows()[0].where) == ("waits", f"Hold shelf {shelf}")
    clerk.scan(demo_hub.patrons["plain_1"]["card"])
    assert f"Shelf {shelf}" in clerk.patron()


def test_typed_name_offers_matching_patrons(clerk: Clerk, demo_hub: DemoHub) -> None:
    clerk.scan("una")
    clerk.type(Keys.ARROW_DOWN)
    clerk.picture("desk-en-choices")
    clerk.press(Keys.ENTER)
    assert demo_hub.patrons["uid7_b"]["identifier"][-4:] in clerk.patron()


def test_lost_card_ends_the_visit_and_opens_none(clerk: Clerk, demo_hub: DemoHub) -> None:
    book = demo_hub.items["free_01"]["barcode"]
    clerk.scan(demo_hub.patrons["plain_1"]["card"], demo_hub.patrons["lost_card"]["card"], book)
    assert "No patron yet" in clerk.patron()
    assert [(row.act, row.tone) for row in clerk.rows()] == [("Check out", "look"), ("Card", "stop")]
    assert on_loan(demo_hub, "plain_1") == []


def test_isbn_and_unknown_number_keep_the_visit(clerk: Clerk, demo_hub: DemoHub) -> None:
    book = demo_hub.items["free_01"]["barcode"]
    clerk.scan(demo_hub.patrons["plain_1"]["card"], "9780306406157", "04FFFFFF", book)
    assert [(row.act, row.tone) for row in clerk.rows()] == [
        ("Check out", "done"),
        ("Card", "stop"),
        ("Check out", "look"),
    ]
    assert "Ada S." in clerk.patron()
    assert "Ada S. is still being served." in clerk.rows()[1].state
    assert on_loan(demo_hub, "plain_1") == [book]
    clerk.picture("desk-en-isbn")


def test_ctrl_z_undoes_a_mistaken_checkin(clerk: Clerk, demo_hub: DemoHub) -> None:
    lent = demo_hub.items["on_loan"]["barcode"]
    (before,) = state(demo_hub, item="on_loan")
    clerk.scan(lent)
    clerk.undo()
    assert clerk.rows()[0].state == "Undone"
    assert state(demo_hub, item="on_loan") == [before]


def test_next_card_begins_a_new_visit(clerk: Clerk, demo_hub: DemoHub) -> None:
    first, second = barcodes(demo_hub, "free_01", "free_02")
    clerk.scan(demo_hub.patrons["plain_1"]["card"], first, demo_hub.patrons["plain_3"]["card"], second)
    assert len(clerk.rows()) == 1
    assert (on_loan(demo_hub, "plain_1"), on_loan(demo_hub, "plain_3")) == ([first], [second])


def test_scanned_and_typed_card_numbers_are_distinguished(clerk: Clerk, demo_hub: DemoHub) -> None:
    """A person pauses longer between two keys than a card reader that acts as a keyboard."""
    number = demo_hub.patrons["plain_1"]["identifier"]
    clerk.browser.execute_script(
        "window.sent = []; const honest = fetch;"
        "window.fetch = (url, asked) => { window.sent.push(JSON.parse(asked.body).read); return honest(url, asked); };"
    )
    clerk.scan(number)
    hands = ActionChains(clerk.browser, duration=0)
    for key in (*number, Keys.ENTER):
        hands.send_keys(key).pause(0.08)
    hands.perform()
    clerk.settled()
    clerk.browser.execute_script("document.getElementById('entry').value = arguments[0]", number)  # as pasted
    clerk.press(Keys.ENTER)
    assert clerk.browser.execute_script("return window.sent") == [True, False, False]
    record = clerk.browser.find_element(By.CSS_SELECTOR, "#patron [data-url]").get_attribute("href")
    assert record is not None
    clerk.browser.get(record)
    assert "/staff/patrons/" in clerk.browser.current_url


def test_esc_removes_the_patron_from_the_page(clerk: Clerk, demo_hub: DemoHub) -> None:
    clerk.scan(demo_hub.patrons["plain_1"]["card"], demo_hub.items["free_01"]["barcode"])
    clerk.press(Keys.ESCAPE)
    assert "No patron yet" in clerk.patron()
    assert clerk.rows() == []
    assert "Ada" not in clerk.browser.page_source


def test_failed_requests_keep_the_queue_and_enter_retries(clerk: Clerk, demo_hub: DemoHub) -> None:
    """Scans queue behind the one without an answer; the retry checks each item out once."""
    books = barcodes(demo_hub, "free_01", "free_02")
    clerk.scan(demo_hub.patrons["plain_1"]["card"])
    clerk.browser.execute_script("window.honest = fetch; window.fetch = () => Promise.reject(new TypeError('away'));")
    for book in books:
        clerk.type(book, Keys.ENTER)
    clerk.wait_for(lambda: [row.tone for row in clerk.rows()] == ["ring", "look"])
    assert "The hub does not respond" in clerk.rows()[1].state
    clerk.picture("desk-en-away")
    clerk.browser.execute_script("window.fetch = window.honest;")
    clerk.press(Keys.ENTER)
    assert [row.state for row in clerk.rows()] == ["Checked out", "Checked out"]
    assert on_loan(demo_hub, "plain_1") == sorted(books)


def test_lost_response_checks_the_item_out_once(clerk: Clerk, demo_hub: DemoHub) -> None:
    book = demo_hub.items["free_01"]["barcode"]
    clerk.scan(demo_hub.patrons["plain_1"]["card"])
    clerk.browser.execute_script(
        "window.honest = fetch; window.fetch = async (...sent) => { await honest(...sent); throw TypeError('cut'); };"
    )
    clerk.type(book, Keys.ENTER)
    clerk.wait_for(lambda: clerk.rows() and clerk.rows()[0].tone == "look")
    clerk.browser.execute_script("window.fetch = window.honest;")
    clerk.press(Keys.ENTER)
    assert [row.state for row in clerk.rows()] == ["Checked out"]
    assert [loan["state"] for loan in state(demo_hub, "plain_1")] == ["on_loan"]


def test_visit_continues_after_signing_in_in_another_window(clerk: Clerk, demo_hub: DemoHub) -> None:
    clerk.scan(demo_hub.patrons["plain_1"]["card"])
    clerk.browser.delete_cookie("sessionid")
    clerk.type(demo_hub.items["free_01"]["barcode"], Keys.ENTER)
    clerk.wait_for(lambda: clerk.rows() and clerk.rows()[0].tone == "look")
    assert "You are signed out" in clerk.rows()[0].state
    first = clerk.browser.current_window_handle
    clerk.browser.switch_to.new_window("tab")
    clerk.sign_in()
    clerk.browser.close()
    clerk.browser.switch_to.window(first)
    clerk.press(Keys.ENTER)
    assert [row.state for row in clerk.rows()] == ["Checked out"]


def test_receipt_code_opens_its_page_after_earlier_scans_are_processed(clerk: Clerk, demo_hub: DemoHub) -> None:
    """A code of a receipt not received yet opens a page too."""
    kiosk = KioskAtWork(demo_hub)
    kiosk.accepts_loans(demo_hub.patrons["plain_2"]["card"], demo_hub.items["free_03"]["barcode"])
    clerk.press("7k4 29q", Keys.ENTER)
    clerk.type(Keys.ENTER)
    clerk.wait_for(lambda: "/staff/receipts/7K429Q/" in clerk.browser.current_url)
    assert "Not received yet" in clerk.browser.page_source
    clerk.browser.get(f"{demo_hub.url}/staff/desk/")
    clerk.browser.execute_script(
        "const honest = fetch, gate = new Promise((open) => { window.opens = open; });"
        "window.fetch = async (...sent) => { await gate; return honest(...sent); };"
    )
    clerk.type(demo_hub.patrons["plain_1"]["card"], Keys.ENTER)
    clerk.type(kiosk.code.lower(), Keys.ENTER, demo_hub.items["free_01"]["barcode"], Keys.ENTER)
    clerk.browser.execute_script("window.opens();")
    clerk.wait_for(lambda: f"/staff/receipts/{kiosk.code}/" in clerk.browser.current_url)
    assert demo_hub.items["free_03"]["title"] in clerk.browser.page_source
    assert [loan["state"] for loan in state(demo_hub, "plain_1")] == ["on_loan"]


def test_f9_prints_completed_lines_with_due_date(clerk: Clerk, demo_hub: DemoHub) -> None:
    """The slip lists what was done, without refused or undone lines and without the full name."""
    clerk.scan(demo_hub.patrons["plain_1"]["card"])
    clerk.browser.execute_script("window.slips = 0; window.print = () => { window.slips += 1; };")
    clerk.press(Keys.F9)
    assert clerk.browser.execute_script("return window.slips") == 0
    clerk.scan(*barcodes(demo_hub, "free_01", "reading_room", "free_02"))
    clerk.undo()
    clerk.press(Keys.F9)
    assert clerk.browser.execute_script("return window.slips") == 1
    due = clerk.rows()[-1].where
    clerk.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    slip = clerk.browser.execute_script("return document.body.innerText")
    clerk.picture("desk-en-slip")
    clerk.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert "Lakeside Library" in slip
    assert "Ada S." in slip
    assert demo_hub.items["free_01"]["title"] in slip
    assert slip.count(due) == 1
    for words in ("Reading room", demo_hub.items["free_02"]["title"], "Sample", "Finish"):
        assert words not in slip


def test_desk_is_shown_in_chinese(browser: Chrome, demo_hub: DemoHub) -> None:
    clerk = Clerk(browser, demo_hub, "zh-hans")
    clerk.scan(demo_hub.patrons["plain_2"]["card"], *barcodes(demo_hub, "free_01", "reading_room", "held_for_other"))
    clerk.press(Keys.F3)
    clerk.scan(*barcodes(demo_hub, "on_loan", "free_02"))
    assert "林**" in clerk.patron()
    assert [row.act for row in clerk.rows()] == ["还书", "还书", "借书", "借书", "借书"]
    assert clerk.rows()[4].state == "已借出"
    clerk.picture("desk-zh")
