"""Test the staff pages of messages, texts and channels, and the public page of the stop link."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.test import Client
from django.urls import reverse

from hub.circulation.models import Library
from hub.core import signed_links
from hub.core.clock import hub_clock
from hub.outreach.messaging import delivery_worker, unsubscribe
from hub.outreach.messaging.enqueue import queue_message
from hub.outreach.messaging.models import Message, Wording
from hub.outreach.messaging.settings import FILE
from hub.outreach.patrons import consents, records
from hub.outreach.patrons.models import Person, Source
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.patrons.records import RecordSource
from tests.hub.outreach.messaging.mailbox import Mailbox, body
from tests.hub.outreach.messaging.tencent import tencent
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World


def sees(grace: Grace, name: str, *args: str, query: str = "") -> str:
    response = grace.client.get(reverse(f"messaging:{name}", args=args) + query)
    assert response.status_code == 200, response
    return words(response.content)


def posts(grace: Grace, name: str, *args: str, **fields: str) -> tuple[int, str]:
    response = grace.client.post(reverse(f"messaging:{name}", args=args), fields, follow=True)
    return response.status_code, words(response.content)


def answer(person: Person, key: str = "1") -> Message:
    return queue_message(
        person, MessageKind.ANSWER, key, {"question": "May I bring my dog?", "answer": "Yes, a small one."}
    )


def texts(**changed: str) -> dict[str, str]:
    return {"subject": "A", "short": "B", "long": "C {title}", **changed}


def test_pages_require_staff_sign_in(world: World) -> None:
    for name, args in (("log", ()), ("kinds", ()), ("kind", ("code",)), ("channels", ())):
        assert Client().get(reverse(f"messaging:{name}", args=args)).status_code == 302


def test_log_shows_delivery_state_without_message_text(ada: Person, grace: Grace, post: Mailbox) -> None:
    assert "No pending messages" in sees(grace, "log")
    post.answers["ada@example.org"] = "452 4.2.2 mailbox full"
    answer(ada)
    assert "Reply Ada S." in sees(grace, "log")
    delivery_worker.work(hub_clock().now())
    page = sees(grace, "log")
    assert "The recipient's mail server is busy, or the mailbox is full" in page and "email" in page
    assert "dog" not in page and "ada@example.org" not in page
    post.answers.clear()
    hub_clock().set(Message.objects.get().next_at)
    delivery_worker.work(hub_clock().now())
    assert "2 attempts" in sees(grace, "log", query="?show=said")
    assert "Messages to this patron" in grace.page("patron_messages", ada_pk())


def ada_pk() -> int:
    from hub.circulation.models import Patron

    return int(Patron.objects.get(name="Ada Sample").pk)


def test_newest_delivery_is_listed_first(ada: Person, grace: Grace, post: Mailbox, world: World) -> None:
    post.answers["ada@example.org"] = "452 4.2.2 mailbox full"
    answer(ada)
    delivery_worker.work(hub_clock().now())
    del post.answers["ada@example.org"]
    queue_message(ada, MessageKind.LOST, "1", {"items": [{"words": "Dune"}]})
    delivery_worker.work(hub_clock().now())
    world.advance(minutes=2)
    delivery_worker.work(hub_clock().now())
    page = sees(grace, "log", query="?show=said")
    assert 0 < page.index("Reply Ada S.") < page.index("Recorded as lost Ada S."), "the later delivery comes first"


def test_every_kind_is_previewed_in_both_languages(grace: Grace) -> None:
    listed = sees(grace, "kinds")
    assert "您预约的《呼兰河传》已到馆" in listed and "Ready for you: Emma" in listed
    for kind in MessageKind:
        page = sees(grace, "kind", kind)
        assert "湖滨图书馆" not in page and "Test Library" in page
        assert page.count("SMS ending:") == (0 if kind in unsubscribe.CANNOT else 2), kind


def test_staff_word_messages_in_each_language_of_the_library(ada: Person, grace: Grace, post: Mailbox) -> None:
    Library.objects.update(languages=["mn", "en"])
    assert "Таны захиалсан ном бэлэн боллоо" in sees(grace, "kinds")
    own = {"subject": "Хариу", "short": "{answer}", "long": "Эрхэм уншигч,\n{answer}"}
    _status, page = posts(grace, "change", "answer", "mn", keep="1", **own)
    assert "Text saved." in page
    Person.objects.update(language="")
    answer(ada)
    delivery_worker.work(hub_clock().now())
    assert "Эрхэм уншигч" in body(post.mails[-1]), "the patron chose no language, and Mongolian is the first"
    assert posts(grace, "change", "answer", "zh", **own)[0] == 404


def test_preview_does_not_save_text(grace: Grace) -> None:
    status, page = posts(grace, "change", "hold_ready", "en", **texts(subject="Come and get {title}"))
    assert status == 200 and "Come and get Emma" in page and "not saved" in page
    assert not Wording.objects.exists()


def test_saved_text_is_used_until_reset(ada: Person, grace: Grace, post: Mailbox) -> None:
    own = {"subject": "Mail for you", "short": "{answer}", "long": "Dear reader,\n{answer}"}
    _status, page = posts(grace, "change", "answer", "en", keep="1", **own)
    assert "Text saved." in page
    answer(ada)
    delivery_worker.work(hub_clock().now())
    assert post.subjects() == ["Mail for you"] and body(post.mails[0]).splitlines()[:2] == [
        "Dear reader,",
        "Yes, a small one.",
    ]
    posts(grace, "reset", "answer", "en")
    assert not Wording.objects.exists()


def test_unknown_placeholder_is_rejected_and_text_kept(grace: Grace) -> None:
    status, page = posts(grace, "change", "hold_ready", "en", keep="1", **texts(long="Hello\n{nmae}, come"))
    assert status == 422 and not Wording.objects.exists()
    assert "long text, line 2: unknown placeholder {nmae}. Allowed here: {library}, {title}" in page
    assert "{nmae}, come" in page


def test_message_page_reports_result_and_fault(grace: Grace, post: Mailbox) -> None:
    status, page = posts(grace, "test", "mail", address="grace@example.org")
    assert status == 200 and "Email: test message sent." in page
    assert post.subjects() == ["Test Library: test message"]
    post.answers["nobody@example.org"] = "550 5.1.1 no such user"
    _status, page = posts(grace, "test", "mail", address="nobody@example.org")
    assert "This address does not exist" in page and "5.1.1 no such user" in page
    status, page = posts(grace, "test", "mail", address="no address")
    assert status == 422 and "Not a valid email address" in page
    assert not Message.objects.exists()


def test_invalid_channels_file_names_place_and_fault(grace: Grace, post: Mailbox) -> None:
    path = Path(settings.STATE) / "channels.toml"
    before = path.read_text(encoding="utf-8")
    path.write_text('[mail]\nhost = "127.0.0.1"\nport = 99999\nsender = "x"\n', encoding="utf-8")
    assert "channels.toml: mail.port: Input should be less than or equal to 65535" in sees(grace, "channels")
    path.write_text(before, encoding="utf-8")


def stop_url(post: Mailbox) -> str:
    return str(re.sub(r"\s", "", str(post.mails[-1]["List-Unsubscribe"]))).strip("<>").removeprefix(settings.PUBLIC_URL)


def test_stop_link_asks_for_confirmation_and_can_be_undone(ada: Person, post: Mailbox) -> None:
    answer(ada)
    delivery_worker.work(hub_clock().now())
    url, stranger = stop_url(post), Client()
    assert settings.PUBLIC_URL + url in body(post.mails[0]).replace("\n", "")
    page = words(stranger.get(url).content)
    assert "Unsubscribe from these messages?" in page and not ada.stopped.exists()
    assert "Unsubscribed" in words(stranger.post(url).content)
    assert [each.kind for each in ada.stopped.all()] == [MessageKind.ANSWER]
    assert "Unsubscribe" in words(stranger.post(url, {"again": "1"}).content)
    assert not ada.stopped.exists()


def test_one_click_unsubscribe_needs_no_cookie(ada: Person, post: Mailbox) -> None:
    consents.give(ada, "campaign", "staff grace", "1")
    queue_message(ada, MessageKind.CAMPAIGN, "1", {"heading": "A reading", "body": "Come."})
    delivery_worker.work(hub_clock().now())
    assert post.mails[0]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    one_click = Client(enforce_csrf_checks=True)
    response = one_click.post(stop_url(post), {"List-Unsubscribe": "One-Click"})
    assert response.status_code == 200 and not response.cookies
    assert not consents.has_consented(ada, "campaign")


def test_expired_or_forged_stop_link_returns_410(ada: Person, post: Mailbox, world: World) -> None:
    answer(ada)
    delivery_worker.work(hub_clock().now())
    url = stop_url(post)
    middle = len(url) // 2
    forged = f"{url[:middle]}{'a' if url[middle] != 'a' else 'b'}{url[middle + 1 :]}"
    assert Client().get(forged).status_code == 410
    world.advance(days=91)
    response = Client().post(url)
    assert response.status_code == 410 and "链接已失效" in words(response.content)
    response = Client(headers={"accept-language": "en"}).get(url)
    assert "This link has expired" in words(response.content)
    assert not ada.stopped.exists()


def test_signed_link_is_bound_to_purpose_and_contains_no_identity(ada: Person) -> None:
    until = hub_clock().now() + timedelta(days=1)
    token = signed_links.token("messaging:stop", f"{ada.pk} answer", until)
    assert signed_links.subject_of_token("messaging:stop", token) == f"{ada.pk} answer"
    assert signed_links.subject_of_token("portal:loans", token) is None
    assert (
        signed_links.subject_of_token("messaging:stop", "x") is None
        and signed_links.subject_of_token("messaging:stop", "") is None
    )
    assert ada.ref not in token and "answer" not in token


def test_code_has_no_stop_link(ada: Person, post: Mailbox) -> None:
    message = queue_message(ada, MessageKind.CODE, "1", {"code": "402917"})
    assert unsubscribe.link(message) == ""
    delivery_worker.work(hub_clock().now())
    assert post.mails[0]["List-Unsubscribe"] is None


def test_invalid_stored_text_falls_back_to_default_and_staff_see_why(ada: Person, post: Mailbox) -> None:
    """The message is still sent once, with the default text."""
    texts = {"long": "Hello\n{nmae}, it is {answer}", "subject": "{nmae}"}
    for form, text in texts.items():
        Wording.objects.create(kind="answer", language="en", form=form, text=text, by="grace", at=hub_clock().now())
    page = words(Grace().client.get(reverse("messaging:kinds")).content)
    assert "long text, line 2: unknown placeholder {nmae}. Allowed here: {library}" in page
    assert "The default texts are sent" in page
    queue_message(ada, MessageKind.ANSWER, "1", {"question": "Q", "answer": "Fourty-two."})
    delivery_worker.work(hub_clock().now())
    delivery_worker.work(hub_clock().now())
    (mail,) = post.mails
    assert str(mail["Subject"]).strip() and "Fourty-two." in body(mail)


def test_wechat_error_code_is_shown_to_staff_and_mail_sent_once(ada: Person, post: Mailbox) -> None:
    records.store_contact(ada, "wechat", "oAda_openid", RecordSource(Source.STAFF, "grace"))
    path = Path(settings.STATE) / FILE
    with tencent() as wechat:
        template = '[wechat.templates.answer]\nid = "T1"\ndata = { thing1 = "{answer}" }\n'
        head = f'[wechat]\napp_id = "wx1"\nsecret = "s"\nbase_url = "{wechat.url}"\n'
        path.write_text(path.read_text(encoding="utf-8") + head + template, encoding="utf-8")
        wechat.codes = [43004]
        queue_message(ada, MessageKind.ANSWER, "1", {"question": "Q", "answer": "A"})
        for _round in range(3):
            delivery_worker.work(hub_clock().now())
        assert len(wechat.asked) == 1 and not wechat.taken and len(post.mails) == 1
    assert [each.code for each in Message.objects.get().deliveries.order_by("number")] == ["wechat_not_following", ""]
    page = words(Grace().client.get(reverse("messaging:log") + "?show=said").content)
    assert "2 attempts" in page and "email" in page
