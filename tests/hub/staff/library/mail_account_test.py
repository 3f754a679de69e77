"""Test the form of the mail account against a mail server: what is saved, sent, refused, kept secret and undone."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.urls import reverse

from hub.audit import field_history
from hub.core.encrypted_fields import MARK
from hub.outreach.messaging.models import MailAccount
from hub.outreach.messaging.settings import FILE, BadChannels, channels
from tests.hub.outreach.messaging.mailbox import Mailbox, mail_server
from tests.hub.staff.library.library_client import post
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
PASSWORD = "correct horse battery"


@pytest.fixture
def box(world: World) -> Iterator[Mailbox]:
    """Mail server that wants the library's password; no file leads to it."""
    with mail_server(PASSWORD) as server:
        yield server


@pytest.fixture
def grace(world: World) -> Grace:
    return Grace()


def save(grace: Grace, box: Mailbox, **fields: str) -> str:
    values = {
        "sender_name": "湖滨图书馆",
        "sender": "library@library.example",
        "host": "127.0.0.1",
        "port": str(box.port),
        "security": "none",
        "user": "library",
        "password": PASSWORD,
        "is_on": "on",
    }
    return post(grace, "mail_account", **values | fields)


def host_in_effect() -> str:
    mail = channels().mail
    return mail.host if mail else ""


def send_test(grace: Grace, address: str = "clerk@library.example") -> str:
    return post(grace, "test_mail_account", address=address)


def test_account_typed_on_the_page_sends_mail(grace: Grace, box: Mailbox) -> None:
    assert "Mail account saved" in save(grace, box)
    assert "test message sent" in send_test(grace)
    (mail,) = box.mails
    assert (mail["From"], mail["To"]) == ("湖滨图书馆 <library@library.example>", "clerk@library.example")


def test_refused_password_and_lost_server_are_explained_with_a_remedy(grace: Grace, box: Mailbox) -> None:
    save(grace, box, password="wrong")
    page = send_test(grace)
    assert "rejects our user name or password" in page and "Correct them in the mail account" in page
    assert "535" in page or "Authentication credentials invalid" in page
    with closing(socket.socket()) as gone:
        gone.bind(("127.0.0.1", 0))
        save(grace, box, port=str(gone.getsockname()[1]))
        page = send_test(grace)
    assert "cannot be reached" in page and "Check server and port" in page
    save(grace, box, security="tls")
    page = send_test(grace)
    assert "No encrypted connection" in page and "465 with TLS" in page
    assert not box.mails


def test_password_is_in_no_page_history_or_export(grace: Grace, box: Mailbox, tmp_path: Path) -> None:
    save(grace, box)
    stored = MailAccount.objects.values_list("password", flat=True).get()
    assert stored.startswith(MARK) and PASSWORD not in stored and stored.decrypt() == PASSWORD
    page = grace.client.get(reverse("library:mail_account")).content.decode()
    assert "Stored. Leave empty to keep it." in page
    listed = grace.client.get(reverse("audit:changes") + "?show=mail_account").content.decode()
    assert "new password" in listed and "grace" in listed
    call_command("dumpdata", "messaging", output=str(tmp_path / "all.json"))
    copy = (tmp_path / "all.json").read_text(encoding="utf-8")
    assert "messaging.mailaccount" in copy
    for text in (page, listed, copy, repr(channels())):
        assert PASSWORD not in text
    assert stored not in listed and "password" not in {each.name for each in MailAccount.history.model._meta.fields}


def test_stored_password_goes_to_no_other_server(grace: Grace, box: Mailbox) -> None:
    save(grace, box)
    for fields in ({"host": "mail.mallory.example"}, {"user": "mallory"}):
        assert "Enter the password of this user name" in save(grace, box, password="", **fields)
    assert "Mail account saved" in save(grace, box, password="", sender_name="Library", port="2525")
    MailAccount.objects.update(host="mail.mallory.example")
    mail = channels().mail
    assert mail is not None and (mail.host, mail.password) == ("mail.mallory.example", "")
    save(grace, box, security="starttls")
    assert "Enter the password of this user name" in save(grace, box, password=""), "typed for an encrypted connection"


def test_change_is_undone_with_the_password_kept(grace: Grace, box: Mailbox) -> None:
    save(grace, box)
    assert "Undo" not in grace.last, "a version has no password"
    save(grace, box, password="", sender_name="Lake Library")
    assert "Undone" in grace.undo()
    listed = words(grace.client.get(reverse("audit:changes") + "?show=mail_account").content)
    assert "sender's name: 湖滨图书馆 → Lake Library" in listed
    assert "test message sent" in send_test(grace) and str(box.mails[0]["From"]).startswith("湖滨图书馆")
    assert field_history.rows("mail_account").count() == 3


def test_account_that_is_not_in_use_sends_nothing(grace: Grace, box: Mailbox) -> None:
    save(grace, box, is_on="")
    assert channels().mail is None and "Channel turned off" in send_test(grace)


def test_file_comes_before_the_page_which_then_shows_it(grace: Grace, box: Mailbox) -> None:
    save(grace, box)
    path = Path(settings.STATE) / FILE
    path.write_text('quiet_from = "22:00"\n', encoding="utf-8")
    try:
        assert host_in_effect() == "127.0.0.1", "a file without [mail] leaves the account in effect"
        path.write_text('[mail]\nsender = "a@b.example"\nhost = "file.example"\npassword = "hush"\n', encoding="utf-8")
        page = words(grace.client.get(reverse("library:mail_account")).content)
        assert "host file.example port 25" in page and "hush" not in page and "Save mail account" not in page
        assert host_in_effect() == "file.example"
        assert "Change it there" in save(grace, box, host="other.example")
        assert MailAccount.objects.get().host == "127.0.0.1"
    finally:
        path.unlink()


def test_key_of_another_hub_is_reported(grace: Grace, box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    save(grace, box)
    monkeypatch.setattr("hub.core.encrypted_fields.secret", lambda *_given: "ab" * 32)
    with pytest.raises(BadChannels, match="contact_key"):
        channels()
    assert "contact_key" in grace.client.get(reverse("library:mail_account")).content.decode()


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"sender": "library"}, "Enter an address, such as library@example.org."),
        ({"host": "smtp://mail.example"}, "Enter the server's name."),
        ({"port": "70000"}, "Enter a whole number from 1 to 65535."),
        ({"user": ""}, "Enter the user name to which the password belongs."),
    ],
)
def test_unusable_account_is_refused(grace: Grace, box: Mailbox, fields: dict[str, str], fault: str) -> None:
    assert fault in save(grace, box, **fields) and not MailAccount.objects.exists()
