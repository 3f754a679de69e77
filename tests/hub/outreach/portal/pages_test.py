"""Test what a patron sees and does in the portal, and what strangers must not learn there."""

from __future__ import annotations

import logging
import re
from base64 import b64encode
from datetime import date, timedelta
from hashlib import sha256

import pytest
from django.test import Client
from django.urls import reverse

from hub.circulation.models import Card, Loan
from hub.core.clock import hub_clock
from hub.core.models import Attempt
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import consents, records
from hub.outreach.patrons.models import Person
from hub.outreach.portal import portal_session
from hub.outreach.portal.models import PortalSession, UsedLink
from hub.outreach.portal.pages import sign_in as sign_in_page
from hub.outreach.portal.pages.loans import BY_LINK
from hub.outreach.portal.rate_limit import MOST
from hub.outreach.recommendations.new_titles.models import DigestSubscription
from hub.outreach.recommendations.reminders.models import OpenLoan
from lending.transactions import TransactionId, receipt_code
from tests.hub.outreach.portal.phone import hidden, link, press, send_requested_codes, sign_in, token_of
from tests.hub.staff.staff_client import words
from tests.hub.support.world import World


@pytest.fixture
def phone() -> Client:
    return Client(headers={"Accept-Language": "en"}, enforce_csrf_checks=True)


def lend(world: World) -> Loan:
    world.upload(world.checkout(world.dune))
    return world.loans(world.dune)[0]


def test_receipt_code_shows_status_without_title_or_name(world: World, phone: Client) -> None:
    row = world.checkout(world.dune)
    world.upload(row)
    code = receipt_code(TransactionId(row["id"]))
    response = phone.get(reverse("portal:receipt"), {"code": code.lower()}, follow=True)
    seen = words(response.content)
    assert "Borrowed Confirmed due Wed 23 Dec" in seen
    assert "Dune" not in response.content.decode()
    assert "Ada" not in response.content.decode()


def test_pending_return_is_shown_as_being_checked(world: World, phone: Client) -> None:
    lend(world)
    row = world.checkin(world.dune)
    world.upload(row)
    seen = words(phone.get(reverse("portal:receipt_of", args=(receipt_code(TransactionId(row["id"])),))).content)
    assert "Returned Returned, being checked" in seen


def test_guessing_receipt_codes_is_rate_limited_by_address(world: World, phone: Client) -> None:
    row = world.checkout(world.dune)
    world.upload(row)
    for number in range(10):
        assert phone.get(reverse("portal:receipt_of", args=(f"22222{number % 8 + 2}",))).status_code == 404
    real = reverse("portal:receipt_of", args=(receipt_code(TransactionId(row["id"])),))
    assert phone.get(real).status_code == 429
    assert phone.get(real, REMOTE_ADDR="192.0.2.7").status_code == 200
    world.advance(minutes=16)
    assert phone.get(real).status_code == 200


def test_malformed_receipt_code_is_rejected_with_example(world: World, phone: Client) -> None:
    response = phone.get(reverse("portal:receipt"), {"code": "12"})
    assert (response.status_code, "6 letters and digits" in words(response.content)) == (422, True)


def test_message_link_renews_loan_and_works_once(world: World, ada: Person, phone: Client) -> None:
    loan = lend(world)
    world.advance(days=20)
    url = link(ada)
    assert "Dune" in words(phone.get(url).content)
    assert "Dune" in words(phone.get(url).content), "GET does not use up the link: mail programs prefetch"
    fields = {"item": world.dune.barcode, "was_due": loan.due.isoformat()}
    seen = press(phone, url, url, **fields)
    assert "Renewed to 12 Jan 2027" in seen
    loan.refresh_from_db()
    assert loan.renewals == 1
    stranger = Client(headers={"Accept-Language": "en"})
    answer = stranger.get(url)
    assert (answer.status_code, "This link was already used" in words(answer.content)) == (410, True)
    assert "Dune" not in words(answer.content)
    assert "Dune" in words(phone.get(url, follow=True).content), "the same phone stays signed in for an hour"
    world.advance(minutes=61)
    assert phone.get(url).status_code == 410


def test_refused_renewal_names_reason(world: World, ada: Person, phone: Client) -> None:
    loan = lend(world)
    world.place_hold(world.lin, world.dune)
    url = link(ada)
    fields = {"item": world.dune.barcode, "was_due": loan.due.isoformat()}
    assert "Another patron has a hold on it" in press(phone, url, url, **fields)


def test_early_renewal_names_first_possible_day(world: World, ada: Person, phone: Client) -> None:
    loan = lend(world)
    Loan.objects.update(due=loan.due + timedelta(days=30))
    loan.refresh_from_db()
    url = link(ada)
    fields = {"item": world.dune.barcode, "was_due": loan.due.isoformat()}
    page = press(phone, url, url, **fields)
    assert "It can be renewed from" in page
    assert "1 renewal left, from" in page
    assert Loan.objects.get(pk=loan.pk).renewals == 0


def test_patron_moves_reminder_of_loan(world: World, ada: Person, phone: Client) -> None:
    lend(world)
    url = link(ada)
    assert "Choose an earlier day" in press(phone, url, url, item=world.dune.barcode, remind="2027-02-01")
    loans = reverse("portal:loans")
    assert "We will remind you of Dune on" in press(phone, loans, loans, item=world.dune.barcode, remind="2026-12-10")
    assert OpenLoan.objects.get().chosen == date(2026, 12, 10)


def test_link_session_opens_loans_only(world: World, ada: Person, phone: Client) -> None:
    lend(world)
    url = link(ada)
    press(phone, url, url, item=world.dune.barcode, remind="2026-12-10")
    assert phone.get(reverse("portal:loans")).status_code == 200
    assert phone.get(reverse("portal:me")).status_code == 302
    assert phone.get(reverse("portal:lost_card")).status_code == 302


@pytest.mark.parametrize("wrong", ["x", "AAAA" * 30, "ä"])
def test_invalid_link_returns_410_and_is_not_logged(
    world: World, phone: Client, wrong: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        assert phone.get(reverse(BY_LINK, args=(wrong,))).status_code == 410
    records = [each for each in caplog.records if each.name.startswith(("kiosk", "hub", "lending"))]
    assert not any(wrong in each.getMessage() for each in records)


def test_link_expires_and_is_bound_to_page(world: World, ada: Person, phone: Client) -> None:
    url = link(ada)
    assert phone.get(url).status_code == 200
    token = url.rstrip("/").rsplit("/", 1)[1]
    assert phone.get(reverse("messaging:stop", args=(token,))).status_code == 410
    world.advance(days=15)
    assert phone.get(url).status_code == 410


def test_sign_in_leads_to_pages_of_the_portal_only(world: World, ada: Person, phone: Client) -> None:
    assert sign_in(phone, "20000000000012", "https://elsewhere.test/").startswith("Loans")


def test_sign_in_by_code_lasts_one_hour(world: World, ada: Person, phone: Client) -> None:
    assert "Card ending 0012" in sign_in(phone, "20000000000012")
    world.advance(minutes=59)
    assert phone.get(reverse("portal:me")).status_code == 200
    world.advance(minutes=2)
    assert phone.get(reverse("portal:me")).status_code == 302


def test_every_page_that_the_sign_in_leads_to_exists() -> None:
    """Else the right code ends in an error page, and is used up."""
    assert [reverse(each) for each in sign_in_page.ROOMS.values()]
    assert [reverse(each, args=(1,)) for each in sign_in_page.ONE_OF.values()]


def test_sign_out_invalidates_copied_cookie(world: World, ada: Person, phone: Client) -> None:
    sign_in(phone, "20000000000012")
    thief = Client()
    thief.cookies[portal_session.COOKIE] = phone.cookies[portal_session.COOKIE].value
    assert thief.get(reverse("portal:me")).status_code == 200
    press(phone, reverse("portal:sign_out"), reverse("portal:me"))
    assert thief.get(reverse("portal:me")).status_code == 302


def test_known_and_unknown_cards_get_identical_responses(world: World, ada: Person, phone: Client) -> None:
    url = reverse("portal:sign_in")
    pages = []
    for card in ("20000000000012", "20000000000020", "20000000009999"):
        token = token_of(phone.get(url).content)
        reply = phone.post(url, {"card": card, "to": "me", "csrfmiddlewaretoken": token})
        send_requested_codes()
        of = hidden(reply.content, "of")
        typed = {"of": of, "code": "x", "card": card, "to": "me", "csrfmiddlewaretoken": token}
        wrong = phone.post(url, typed)
        shown = [words(each.content) for each in (reply, wrong)]
        assert all(f" {card[-4:]} Change card" in each for each in shown), "the number that was typed"
        same = [each.replace(card[-4:], "") for each in shown]
        pages.append((reply.status_code, same, len(of), wrong.status_code))
    assert pages[0] == pages[1] == pages[2]
    assert Message.objects.filter(kind="code").count() == 1


def test_code_requests_are_rate_limited(world: World, ada: Person, phone: Client) -> None:
    url = reverse("portal:sign_in")
    token = token_of(phone.get(url).content)
    sheet = {"card": "1234", "csrfmiddlewaretoken": token}
    statuses = [phone.post(url, sheet).status_code for _each in range(MOST["sign_in"] + 1)]
    assert statuses == [200] * MOST["sign_in"] + [429]


def test_five_wrong_codes_lock_code(world: World, ada: Person, phone: Client) -> None:
    url = reverse("portal:sign_in")
    token = token_of(phone.get(url).content)
    reply = phone.post(url, {"card": "20000000000012", "to": "me", "csrfmiddlewaretoken": token})
    send_requested_codes()
    of = hidden(reply.content, "of")
    right = str(Message.objects.get(kind="code").decrypted_facts()["code"])
    wrong = f"{(int(right) + 1) % 10**6:06}"
    for code in (wrong,) * 5 + (right,):
        answer = phone.post(url, {"of": of, "code": code, "to": "me", "csrfmiddlewaretoken": token})
        assert answer.status_code == 422


def test_patron_sets_quiet_hours_and_withdraws_consent(world: World, ada: Person, phone: Client) -> None:
    sign_in(phone, "20000000000012")
    me = reverse("portal:me")
    assert "Your quiet hours are saved." in press(
        phone, reverse("portal:quiet"), me, quiet_from="20:00", quiet_to="09:00"
    )
    assert "a start and an end time" in press(phone, reverse("portal:quiet"), me, quiet_from="20:00", quiet_to="")
    ada.refresh_from_db()
    assert f"{ada.quiet_from:%H:%M}" == "20:00"
    press(phone, reverse("portal:consent", args=("digest", "give")), me)
    assert consents.has_consented(ada, "digest")
    press(phone, reverse("portal:consent", args=("digest", "withdraw")), me)
    assert not consents.has_consented(ada, "digest")


def test_patron_stops_and_resumes_message_kind(world: World, ada: Person, phone: Client) -> None:
    sign_in(phone, "20000000000012")
    me = reverse("portal:me")
    press(phone, reverse("portal:stop", args=("due_soon", "stop")), me)
    assert ada.stopped.filter(kind="due_soon").exists()
    press(phone, reverse("portal:stop", args=("due_soon", "again")), me)
    assert not ada.stopped.exists()
    assert phone.post(reverse("portal:stop", args=("code", "stop"))).status_code == 403, "no CSRF token"


def test_chosen_channel_moves_first(world: World, ada: Person, phone: Client) -> None:
    sign_in(phone, "20000000000012")
    me = reverse("portal:me")
    assert records.channel_order(ada)[0] != "screen"
    press(phone, reverse("portal:channel"), me, channel="screen")
    assert records.channel_order(ada)[0] == "screen"


@pytest.mark.parametrize("name", ["home", "receipt", "sign_in"])
def test_pages_are_not_cached_and_run_only_the_registration(world: World, phone: Client, name: str) -> None:
    response = phone.get(reverse(f"portal:{name}"))
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "same-origin"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    page = response.content.decode()
    (script,) = re.findall(r"<script>(.*?)</script>", page)
    mark = b64encode(sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{mark}'; worker-src 'self';" in response["Content-Security-Policy"]
    assert "unsafe" not in response["Content-Security-Policy"]
    assert page.count("<script") == 1 and reverse("portal:worker") in script
    assert "style=" not in page


def test_cross_site_form_is_rejected(world: World, ada: Person, phone: Client) -> None:
    sign_in(phone, "20000000000012")
    assert phone.post(reverse("portal:lost_card")).status_code == 403
    assert Card.objects.filter(patron=world.ada, status="active").exists()
    assert phone.cookies[portal_session.COOKIE]["samesite"] == "Lax"
    assert phone.cookies[portal_session.COOKIE]["httponly"]


def test_nightly_run_deletes_expired_sessions_links_and_attempts(world: World, ada: Person, phone: Client) -> None:
    lend(world)
    url = link(ada)
    press(phone, url, url, item=world.dune.barcode, remind="2026-12-10")
    phone.get(reverse("portal:receipt_of", args=("222222",)))
    portal_session.delete_expired(hub_clock().now())
    assert (PortalSession.objects.count(), UsedLink.objects.count(), Attempt.objects.count()) == (1, 1, 1)
    world.advance(days=91)
    portal_session.delete_expired(hub_clock().now())
    assert (PortalSession.objects.count(), UsedLink.objects.count(), Attempt.objects.count()) == (0, 0, 0)


def test_patron_sets_digest_frequency(world: World, ada: Person, phone: Client) -> None:
    sign_in(phone, world.ada.identifier)
    me = url = reverse("portal:digest")
    chosen = 'name="every" value="{}" role="radio" aria-checked="true"'
    assert chosen.format("never") in phone.get(me).content.decode()
    press(phone, url, me, every="monthly")
    assert consents.has_consented(ada, "digest") and DigestSubscription.objects.get(person=ada).every == "monthly"
    assert chosen.format("monthly") in phone.get(me).content.decode()
    press(phone, url, me, every="never")
    assert not consents.has_consented(ada, "digest")
    press(phone, url, me, every="weekly")
    assert consents.has_consented(ada, "digest") and DigestSubscription.objects.get(person=ada).every == "weekly"
