"""Reports ordered by mail arrive once a month, as table and file, also after a night without a mail server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from hub.circulation.operations import loan_changes
from hub.core.clock import hub_clock
from hub.demo import outbox
from hub.staff import report_mail
from hub.staff.models import ReportMail
from tests.hub.outreach.messaging.mailbox import Mailbox, body, mailbox
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World

pytestmark = pytest.mark.django_db
ADDRESS = "reports@library.example"


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as found:
        yield found


@pytest.fixture
def grace(world: World) -> Grace:
    loan_changes.checkout(world.by, world.ada, world.dune)
    return Grace(role="librarian")


def nightly(month: int, day: int = 1, year: int = 2027) -> int:
    """Run the job of a night."""
    hub_clock().set(datetime(year, month, day, 1, tzinfo=UTC))
    return report_mail.send_due(hub_clock().now())


def test_ordered_report_arrives_each_month_once(world: World, grace: Grace, box: Mailbox) -> None:
    assert f"goes to {ADDRESS} tonight" in grace.post("report_mail", "loans", address=ADDRESS, by="type")
    assert nightly(12, year=2026) == 1
    (mail,) = box.mails
    assert mail["To"] == ADDRESS
    assert mail["Subject"] == "Loans · 2026-11 · Test Library"
    assert "Book · 1 · 0" in body(mail)
    assert "<td" in body(mail, "html") and "Book" in body(mail, "html")
    (file,) = mail.iter_attachments()
    assert file.get_filename() == "loans-2026-11.csv"
    assert "Book,1,0" in file.get_payload(decode=True).decode("utf-8-sig")  # type: ignore[union-attr]
    assert nightly(12, 2, 2026) == 0
    assert nightly(1) == 1
    assert box.subjects()[1] == "Loans · 2026-12 · Test Library"
    assert mail["Message-ID"] != box.mails[1]["Message-ID"]


def test_mail_of_overdue_loans_has_figures_and_a_link_but_no_patron(world: World, grace: Grace, box: Mailbox) -> None:
    grace.post("report_mail", "overdue", address=ADDRESS)
    assert nightly(1) == 1
    (mail,) = box.mails
    (file,) = mail.iter_attachments()
    said = body(mail) + body(mail, "html") + file.get_payload(decode=True).decode("utf-8-sig")  # type: ignore[union-attr]
    assert "7 to 29 days · 1" in said and reverse("staff:report", args=("overdue",)) in said
    assert "Ada" not in said and "0012" not in said and "Dune" not in said


def test_report_is_mailed_at_once_without_a_monthly_order(world: World, grace: Grace, box: Mailbox) -> None:
    assert f"mailed to {ADDRESS}" in grace.post("report_mail", "overdue", address=ADDRESS, when="now")
    assert box.subjects() == [f"Overdue loans · {hub_clock().now().date()} · Test Library"]
    assert "Ada" not in body(box.mails[0]) and not ReportMail.objects.exists()
    box.down = "421 closing"
    assert "was not sent" in grace.post("report_mail", "overdue", address=ADDRESS, when="now")


def test_report_that_a_demo_mails_is_in_its_outbox(grace: Grace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_mail, "transport", lambda *_each: outbox.OutboxTransport())
    try:
        grace.post("report_mail", "overdue", address=ADDRESS, when="now")
        [mail] = outbox.list_sent()
    finally:
        outbox.clear()
    assert mail.address == ADDRESS and mail.subject.startswith("Overdue loans")


def test_report_is_tried_again_after_a_night_without_a_server(world: World, grace: Grace, box: Mailbox) -> None:
    grace.post("report_mail", "loans", address=ADDRESS)
    box.down = "421 closing"
    assert nightly(12, year=2026) == 0
    assert ReportMail.objects.get().fault
    grace.sign_in()
    assert "tried again tonight" in grace.page("report", "loans")
    box.down = ""
    assert nightly(12, 2, 2026) == 1
    assert (ReportMail.objects.get().fault, ReportMail.objects.get().sent_for) == ("", date(2026, 11, 1))


def test_stopped_report_arrives_no_more(world: World, grace: Grace, box: Mailbox) -> None:
    grace.post("report_mail", "turnover", address=ADDRESS, by="branch", branch=world.main.code)
    kept = ReportMail.objects.get()
    assert (kept.split, kept.branch) == ("branch", world.main)
    assert "no longer goes" in grace.post("report_mail_stop", kept.pk)
    assert nightly(12, year=2026) == 0
    assert not box.mails


def test_report_ordered_twice_arrives_once_and_undo_keeps_the_first(world: World, grace: Grace, box: Mailbox) -> None:
    grace.post("report_mail", "loans", address=ADDRESS)
    response = grace.client.post(reverse("staff:report_mail", args=("loans",)), {"address": ADDRESS}, follow=True)
    assert "Undo" not in words(response.content)
    assert nightly(12, year=2026) == 1


def test_wrong_address_and_missing_mail_account_are_told(world: World, grace: Grace) -> None:
    assert "is not an email address" in grace.post("report_mail", "loans", address="reports")
    assert not ReportMail.objects.exists()
    assert "no mail account yet" in grace.page("report", "loans")
    ReportMail.objects.create(report="loans", address=ADDRESS, language="en", by="grace")
    assert nightly(12, year=2026) == 0


def test_clerk_reads_reports_but_mails_none(world: World, grace: Grace) -> None:
    clerk = Grace(role="clerk", name="carl")
    assert "By mail" not in clerk.page("report", "loans")
    assert "By mail" in grace.page("report", "loans")
