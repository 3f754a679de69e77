"""Test that a bounce of one of our mails marks its address and sends the message another way."""

from __future__ import annotations

import io
import sys

import pytest

from hub import cli
from hub.core.clock import hub_clock
from hub.outreach.messaging import bounces, delivery_worker, retention
from hub.outreach.messaging.enqueue import queue_message
from hub.outreach.messaging.models import Message
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind
from tests.hub.outreach.messaging.mailbox import Mailbox
from tests.hub.support.world import World


def report(message_id: str, status: str = "5.1.1", action: str = "failed") -> bytes:
    """Return a delivery status notification (RFC 3464)."""
    return f"""From: MAILER-DAEMON@example.org
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; example.org

Final-Recipient: rfc822; ada@example.org
Action: {action}
Status: {status}

--b
Content-Type: text/rfc822-headers

Message-ID: {message_id}
Subject: x

--b--
""".encode()


@pytest.fixture
def sent_message(ada: Person, post: Mailbox) -> Message:
    message = queue_message(ada, MessageKind.ANSWER, "1", {"question": "?", "answer": "!"})
    delivery_worker.work(hub_clock().now())
    return message


def bounce(post: Mailbox, **how: str) -> bool:
    return bounces.take(report(str(post.mails[0]["Message-ID"]), **how), hub_clock().now())


def attempts(message: Message) -> list[tuple[str, str, str]]:
    return list(message.deliveries.values_list("channel", "state", "code"))


def test_permanent_bounce_marks_address_and_uses_next_channel(
    sent_message: Message, ada: Person, post: Mailbox
) -> None:
    assert bounce(post)
    assert ada.contacts.get().bounced_at is not None
    delivery_worker.work(hub_clock().now())
    assert attempts(sent_message) == [("mail", "dead", "mail_bounced"), ("screen", "pending", "")]


def test_repeated_report_is_ignored(sent_message: Message, post: Mailbox) -> None:
    assert bounce(post) and not bounce(post)


def test_full_mailbox_does_not_mark_address(sent_message: Message, ada: Person, post: Mailbox) -> None:
    assert bounce(post, status="5.2.2")
    assert ada.contacts.get().bounced_at is None


def test_delay_report_is_ignored(sent_message: Message, post: Mailbox) -> None:
    assert not bounce(post, status="4.4.1", action="delayed")


def test_bounce_after_text_erasure_is_recorded_without_resending(
    sent_message: Message, post: Mailbox, world: World
) -> None:
    world.advance(days=4)
    retention.tidy(hub_clock().now())
    assert bounce(post)
    sent_message.refresh_from_db()
    assert sent_message.state == "said" and attempts(sent_message) == [("mail", "dead", "mail_bounced")]


@pytest.mark.parametrize(
    "raw", [b"", b"\xff\xfe", b"Subject: holiday\n\nI am away.", report("<x@y>"), report(f"<{'0' * 32}@z>")]
)
def test_unrelated_mail_is_ignored(sent_message: Message, ada: Person, raw: bytes) -> None:
    assert not bounces.take(raw, hub_clock().now())
    assert attempts(sent_message) == [("mail", "sent", "")]


def test_bounce_command_reads_report_from_stdin(
    sent_message: Message, post: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = report(str(post.mails[0]["Message-ID"]))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
    assert cli.main(["bounce"]) == 0
    assert attempts(sent_message) == [("mail", "dead", "mail_bounced")]


def test_check_channels_command_sends_and_reports_failures(
    world: World, post: Mailbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check-channels", "--to", "mail=grace@example.org", "--language", "en"]) == 0
    assert capsys.readouterr().out == "on: mail; screen and paper are always on\nmail: test message sent\n"
    assert post.subjects() == ["Test Library: test message"]
    post.down = "554 no"
    assert cli.main(["check-channels", "--to", "mail=grace@example.org"]) == 1
    assert (
        "mail: The mail server rejects our sender address. Correct it in the mail account. [no]"
        in capsys.readouterr().out
    )
    assert cli.main(["check-channels", "--to", "mail=nonsense"]) == 1
    assert "Not a valid email address" in capsys.readouterr().out
