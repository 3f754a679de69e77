"""Test what a patron sees and does in the portal, and what strangers must not learn there."""

from __future__ import annotations

import logging
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from hub.circulation.models import Card, Library, Loan
from hub.core.clock import hub_clock
from hub.core.models import Attempt
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import consents, contacts
from hub.outreach.patrons.models import Person
from hub.outreach.portal import portal_session, retention
from hub.outreach.portal.models import PortalSession, UsedLink
from hub.outreach.portal.pages.loans import BY_LINK
from hub.outreach.portal.rate_limit import MOST
from hub.outreach.recommendations.new_titles.models import DigestSubscription
from hub.outreach.recommendations.reminders.models import OpenLoan
from lending.transactions import TransactionId, receipt_code
from tests.hub.outreach.portal.phone import hidden, link, minute, press, signs_in, token_of
from tests.hub.staff.staff_client import words
from tests.hub.support.world import World


@pytest.fixture
def phone() -> Client:
    return Client(headers={"Accept-Language": "en"}, enforce_csrf_checks=True)


def lent(world: World) -> Loan:
    world.tell(world.borrows(world.dune))
    return world.loans(world.dune)[0]


def test_a_receipts_code_tells_what_became_of_it_and_nobodys_name(world: World, phone: Client) -> None:
    row = world.borrows(world.dune)
    world.tell(row)
    code = receipt_code(TransactionId(row["id"]))
    response = phone.get(reverse("portal:receipt"), {"code": code.lower()}, follow=True)
    seen = words(response.content)
    assert "Borrowed Confirmed due Wed 23 Dec" in seen
    assert "Dune" not in response.content.decode()
    assert "Ada" not in response.content.decode()


def test_a_return_that_is_not_seen_yet_says_so(world: World, phone: Client) -> None:
    lent(world)
    row = world.returns(world.dune)
    world.tell(row)
    seen = words(phone.get(reverse("portal:receipt_of", args=(receipt_code(TransactionId(row["id"])),))).content)
    assert "Returned Returned, being checked" in seen


def test_who_guesses_codes_has_to_wait(world: World, phone: Client) -> None:
    row = world.borrows(world.dune)
    world.tell(row)
    for number in range(10):
        assert phone.get(reverse("portal:receipt_of", args=(f"22222{number % 8 + 2}",))).status_code == 404
    real = reverse("portal:receipt_of", args=(receipt_code(TransactionId(row["id"])),))
    assert phone.get(real).status_code == 429
    assert phone.get(real, REMOTE_ADDR="192.0.2.7").status_code == 200
    world.ahead(minutes=16)
    assert phone.get(real).status_code == 200


def test_what_is_no_code_is_told_what_one_looks_like(world: World, phone: Client) -> None:
    response = phone.get(reverse("portal:receipt"), {"code": "12"})
    assert (response.status_code, "6 letters and digits" in words(response.content)) == (422, True)


def test_by_a_message_s_link_the_patron_renews_and_the_link_is_used_up(
    world: World, ada: Person, phone: Client
) -> None:
    loan = lent(world)
    world.ahead(days=20)
    url = link(ada)
    assert "Dune" in words(phone.get(url).content)
    assert "Dune" in words(phone.get(url).content), "looking does not use it up: mail programs look, too"
    fields = {"item": world.dune.barcode, "was_due": loan.due.isoformat()}
    seen = press(phone, url, url, **fields)
    assert "Renewed to 12 Jan 2027" in seen
    loan.refresh_from_db()
    assert loan.renewals == 1
    stranger = Client(headers={"Accept-Language": "en"})
    answer = stranger.get(url)
    assert (answer.status_code, "This link was already used" in words(answer.content)) == (410, True)
    assert "Dune" not in words(answer.content)
    assert "Dune" in words(phone.get(url, follow=True).content), "on their own phone it leads on for an hour"
    world.ahead(minutes=61)
    assert phone.get(url).status_code == 410


def test_a_button_that_is_pressed_twice_renews_once(world: World, ada: Person, phone: Client) -> None:
    loan = lent(world)
    world.ahead(days=20)
    url = link(ada)
    fields = {"item": world.dune.barcode, "was_due": loan.due.isoformat()}
    press(phone, url, url, **fields)
    loans = reverse("portal:loans")
    assert "Already renewed, due" in press(phone, loans, loans, **fields)
    loan.refresh_from_db()
    assert loan.renewals == 1


def test_why_it_is_not_renewed_is_said_in_words(world: World, ada: Person, phone: Client) -> None:
    loan = lent(world)
    world.waits(world.lin, world.dune)
    url = link(ada)
    fields = {"item": world.dune.barcode, "was_due": loan.due.isoformat()}
    assert "Another patron has a hold on it" in press(phone, url, url, **fields)


def test_a_renewal_that_is_too_early_says_from_when_and_counts_nothing(
    world: World, ada: Person, phone: Client
) -> None:
    loan = lent(world)
    Loan.objects.update(due=loan.due + timedelta(days=30))
    loan.refresh_from_db()
    url = link(ada)
    fields = {"item": world.dune.barcode, "was_due": loan.due.isoformat()}
    page = press(phone, url, url, **fields)
    assert "It can be renewed from" in page
    assert "1 renewal left, from" in page
    assert Loan.objects.get(pk=loan.pk).renewals == 0


def test_the_patron_moves_the_reminder_of_a_loan(world: World, ada: Person, phone: Client) -> None:
    lent(world)
    url = link(ada)
    assert "Choose an earlier day" in press(phone, url, url, item=world.dune.barcode, remind="2027-02-01")
    loans = reverse("portal:loans")
    assert "We will remind you of Dune on" in press(phone, loans, loans, item=world.dune.barcode, remind="2026-12-10")
    assert OpenLoan.objects.get().chosen == date(2026, 12, 10)


def test_a_link_shows_nothing_but_what_it_is_for(world: World, ada: Person, phone: Client) -> None:
    lent(world)
    url = link(ada)
    press(phone, url, url, item=world.dune.barcode, remind="2026-12-10")
    assert phone.get(reverse("portal:loans")).status_code == 200
    assert phone.get(reverse("portal:me")).status_code == 302
    assert phone.get(reverse("portal:lost_card")).status_code == 302


@pytest.mark.parametrize("wrong", ["x", "AAAA" * 30, "ä"])
def test_a_link_that_is_none_says_so_and_is_in_no_log(
    world: World, phone: Client, wrong: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        assert phone.get(reverse(BY_LINK, args=(wrong,))).status_code == 410
    kept = [each for each in caplog.records if each.name.startswith(("kiosk", "hub", "lending"))]
    assert not any(wrong in each.getMessage() for each in kept)


def test_a_link_is_over_after_its_time_and_good_for_its_page_only(world: World, ada: Person, phone: Client) -> None:
    url = link(ada)
    assert phone.get(url).status_code == 200
    token = url.rstrip("/").rsplit("/", 1)[1]
    assert phone.get(reverse("messaging:stop", args=(token,))).status_code == 410
    world.ahead(days=15)
    assert phone.get(url).status_code == 410


def test_the_patron_gets_in_by_a_code_for_an_hour(world: World, ada: Person, phone: Client) -> None:
    assert "Patron number ending 0012" in signs_in(phone, "20000000000012")
    world.ahead(minutes=59)
    assert phone.get(reverse("portal:me")).status_code == 200
    world.ahead(minutes=2)
    assert phone.get(reverse("portal:me")).status_code == 302


def test_signing_out_shuts_the_door_for_a_copied_cookie_too(world: World, ada: Person, phone: Client) -> None:
    signs_in(phone, "20000000000012")
    thief = Client()
    thief.cookies[portal_session.COOKIE] = phone.cookies[portal_session.COOKIE].value
    assert thief.get(reverse("portal:me")).status_code == 200
    press(phone, reverse("portal:sign_out"), reverse("portal:me"))
    assert thief.get(reverse("portal:me")).status_code == 302


def test_a_known_and_an_unknown_card_look_the_same(world: World, ada: Person, phone: Client) -> None:
    url = reverse("portal:sign_in")
    pages = []
    for card in ("20000000000012", "20000000000020", "99999999"):
        token = token_of(phone.get(url).content)
        asked = phone.post(url, {"card": card, "to": "me", "csrfmiddlewaretoken": token})
        minute()
        of = hidden(asked.content, "of")
        wrong = phone.post(url, {"of": of, "code": "x", "to": "me", "csrfmiddlewaretoken": token})
        pages.append((asked.status_code, words(asked.content), len(of), wrong.status_code, words(wrong.content)))
    assert pages[0] == pages[1] == pages[2]
    assert Message.objects.filter(kind="code").count() == 1


def test_codes_are_not_sent_without_end(world: World, ada: Person, phone: Client) -> None:
    url = reverse("portal:sign_in")
    token = token_of(phone.get(url).content)
    sheet = {"card": "1234", "csrfmiddlewaretoken": token}
    asked = [phone.post(url, sheet).status_code for _each in range(MOST["sign_in"] + 1)]
    assert asked == [200] * MOST["sign_in"] + [429]


def test_a_code_is_guessed_five_times_at_most(world: World, ada: Person, phone: Client) -> None:
    url = reverse("portal:sign_in")
    token = token_of(phone.get(url).content)
    asked = phone.post(url, {"card": "20000000000012", "to": "me", "csrfmiddlewaretoken": token})
    minute()
    of = hidden(asked.content, "of")
    right = str(Message.objects.get(kind="code").told()["code"])
    wrong = f"{(int(right) + 1) % 10**6:06}"
    for code in (wrong,) * 5 + (right,):
        answer = phone.post(url, {"of": of, "code": code, "to": "me", "csrfmiddlewaretoken": token})
        assert answer.status_code == 422


def test_the_patron_blocks_their_card(world: World, ada: Person, phone: Client) -> None:
    signs_in(phone, "20000000000012", "lost_card")
    url = reverse("portal:lost_card")
    assert "You cannot unblock it yourself" in words(phone.get(url).content)
    assert Card.objects.filter(patron=world.ada, status="active").exists()
    assert "Your card is blocked" in press(phone, url, url)
    assert not Card.objects.filter(patron=world.ada, status="active").exists()


def test_where_a_librarys_own_system_has_their_card_the_patron_reads_who_can_block_it(
    world: World, ada: Person, phone: Client
) -> None:
    """A card blocked only in the hub would still work at a kiosk, contrary to what the patron expects."""
    signs_in(phone, "20000000000012", "lost_card")
    url = reverse("portal:lost_card")
    token = token_of(phone.get(url).content)
    Library.objects.update(followed_since=hub_clock().now())
    page = phone.get(url).content
    assert "come to the desk now" in words(page) and "Block my card" not in words(page)
    assert reverse("portal:ask") in page.decode()
    posted = phone.post(url, {"csrfmiddlewaretoken": token})
    assert "come to the desk now" in words(posted.content)
    assert Card.objects.filter(patron=world.ada, status="active").exists()


def test_the_patron_sets_quiet_hours_and_takes_consents_back(world: World, ada: Person, phone: Client) -> None:
    signs_in(phone, "20000000000012")
    me = reverse("portal:me")
    assert "Your quiet hours are saved." in press(
        phone, reverse("portal:quiet"), me, quiet_from="20:00", quiet_to="09:00"
    )
    assert "a start and an end time" in press(phone, reverse("portal:quiet"), me, quiet_from="20:00", quiet_to="")
    ada.refresh_from_db()
    assert f"{ada.quiet_from:%H:%M}" == "20:00"
    press(phone, reverse("portal:consent", args=("digest", "give")), me)
    assert consents.given(ada, "digest")
    press(phone, reverse("portal:consent", args=("digest", "withdraw")), me)
    assert not consents.given(ada, "digest")


def test_the_patron_stops_a_kind_and_wants_it_again(world: World, ada: Person, phone: Client) -> None:
    signs_in(phone, "20000000000012")
    me = reverse("portal:me")
    press(phone, reverse("portal:stop", args=("due_soon", "stop")), me)
    assert ada.stopped.filter(kind="due_soon").exists()
    press(phone, reverse("portal:stop", args=("due_soon", "again")), me)
    assert not ada.stopped.exists()
    assert phone.post(reverse("portal:stop", args=("code", "stop"))).status_code == 403, "no form of ours"


def test_the_way_that_the_patron_chooses_comes_first(world: World, ada: Person, phone: Client) -> None:
    signs_in(phone, "20000000000012")
    me = reverse("portal:me")
    assert contacts.order(ada)[0] != "screen"
    press(phone, reverse("portal:channel"), me, channel="screen")
    assert contacts.order(ada)[0] == "screen"


@pytest.mark.parametrize("name", ["home", "receipt", "sign_in"])
def test_every_page_is_kept_by_nobody_and_runs_no_script(world: World, phone: Client, name: str) -> None:
    response = phone.get(reverse(f"portal:{name}"))
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "same-origin"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "script-src" not in response["Content-Security-Policy"]
    page = response.content.decode()
    assert "<script" not in page
    assert "style=" not in page


def test_a_form_of_another_site_does_nothing(world: World, ada: Person, phone: Client) -> None:
    signs_in(phone, "20000000000012")
    assert phone.post(reverse("portal:lost_card")).status_code == 403
    assert Card.objects.filter(patron=world.ada, status="active").exists()
    assert phone.cookies[portal_session.COOKIE]["samesite"] == "Lax"
    assert phone.cookies[portal_session.COOKIE]["httponly"]


def test_the_night_takes_away_what_is_over(world: World, ada: Person, phone: Client) -> None:
    lent(world)
    url = link(ada)
    press(phone, url, url, item=world.dune.barcode, remind="2026-12-10")
    phone.get(reverse("portal:receipt_of", args=("222222",)))
    retention.tidy(hub_clock().now())
    assert (PortalSession.objects.count(), UsedLink.objects.count(), Attempt.objects.count()) == (1, 1, 1)
    world.ahead(days=91)
    retention.tidy(hub_clock().now())
    assert (PortalSession.objects.count(), UsedLink.objects.count(), Attempt.objects.count()) == (0, 0, 0)


def test_the_patron_chooses_how_often_the_patron_hears_of_new_titles(world: World, ada: Person, phone: Client) -> None:
    signs_in(phone, world.ada.identifier)
    me = url = reverse("portal:digest")
    chosen = 'name="every" value="{}" role="radio" aria-checked="true"'
    assert chosen.format("never") in phone.get(me).content.decode()
    press(phone, url, me, every="monthly")
    assert consents.given(ada, "digest") and DigestSubscription.objects.get(person=ada).every == "monthly"
    assert chosen.format("monthly") in phone.get(me).content.decode()
    press(phone, url, me, every="never")
    assert not consents.given(ada, "digest")
    press(phone, url, me, every="weekly")
    assert consents.given(ada, "digest") and DigestSubscription.objects.get(person=ada).every == "weekly"
