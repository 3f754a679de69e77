"""Test account linking: a code links one account once, and only by signed callbacks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from hub.core.clock import hub_clock
from hub.outreach.messaging import account_linking, delivery_worker
from hub.outreach.messaging.account_linking import End
from hub.outreach.messaging.channels.tencent import Unreachable
from hub.outreach.messaging.channels.wechat.encrypted_callback import CallbackRejected, Envelope
from hub.outreach.messaging.enqueue import queue_message
from hub.outreach.messaging.models import AccountLinkCode, Message
from hub.outreach.messaging.settings import FILE, channels
from hub.outreach.patrons import contacts
from hub.outreach.patrons.message_kinds import MessageKind
from hub.outreach.patrons.models import Contact, Person
from tests.hub.outreach.messaging.tencent import Tencent, tencent
from tests.hub.outreach.messaging.wechat_callback import CALLBACKS, posts, scans, signed, told
from tests.hub.outreach.portal.phone import MAIL, press, signs_in
from tests.hub.staff.staff_client import words
from tests.hub.support.world import World

ADA, LIN = "oAda_openid", "oLin_openid"
VECTOR = (
    "hyzAe4OzmOMbd6TvGdIOO6uBmdJoD0Fk53REIHvxYtJlE2B655HuD0m8KUePWB3+LrPXo87wzQ1QLvbeUgmBM4x6F8PGHQHFVAFmOD2LdJF9"
    "FrXpbUAh0B5GIItb52sn896wVsMSHGuPE328HnRGBcrS7C41IzDWyWNlZkyyXwon8T332jisa+h6tEDYsVticbSnyU8dKOIbgU6ux5VTjg3y"
    "t+WGzjlpKn6NPhRjpA912xMezR4kw6KWwMrCVKSVCZciVGCgavjIQ6X8tCOp3yZbGpy0VxpAe+77TszTfRd5RJSVO/HTnifJpXgCSUdUue1v"
    "6h0EIBYYI1BD1DlD+C0CR8e6OewpusjZ4uBl9FyJvnhvQl+q5rv1ixrcpCumEPo5MJSgM9ehVsNPfUM669WuMyVWQLCzpu9GhglF2PE="
)
"""The sample of WeChat's own papers."""


@pytest.fixture
def fake() -> Iterator[Tencent]:
    """WeChat and WeCom, and the library's file that names them and mail."""
    path = Path(settings.STATE) / FILE
    with tencent() as server:
        path.write_text(
            f"""{MAIL}[wechat]
app_id = "wx1"
secret = "s"
base_url = "{server.url}"
{CALLBACKS}
[wechat.templates.answer]
id = "T1"
data = {{ thing1 = "{{answer}}" }}
[wecom]
corp_id = "ww1"
agent_id = 7
secret = "s"
base_url = "{server.url}"
""",
            encoding="utf-8",
        )
        yield server
        path.unlink()


@pytest.fixture
def lin(world: World) -> Person:
    made: Person = Person.objects.create(ref=world.lin.ref, since=hub_clock().now())
    return made


def word(person: Person, fake: Tencent) -> str:
    """Return the code word of a new code for the person."""
    account_linking.begin(person, "wechat", channels(), hub_clock().now())
    return fake.scenes[-1]


def account(person: Person) -> str:
    found = account_linking.bound(person, "wechat")
    return found.address.opened() if found else ""


def test_the_envelope_opens_the_sample_of_the_providers_papers() -> None:
    envelope = Envelope("wx2c2769f8efd9abc2", "spamtest", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")
    then = datetime.fromtimestamp(1409735669, UTC)
    raw = f"<xml><Encrypt><![CDATA[{VECTOR}]]></Encrypt></xml>".encode()
    event = envelope.opened(raw, "5d197aaffba7e9b25a30732f161a50dee96bd5fa", "1409735669", "1320562132", then)
    assert (event["MsgType"], event["Content"]) == ("text", "abcdteT")
    another = Envelope("wx-another", "spamtest", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")
    with pytest.raises(CallbackRejected, match="another_account"):
        another.opened(raw, "5d197aaffba7e9b25a30732f161a50dee96bd5fa", "1409735669", "1320562132", then)


@pytest.mark.parametrize("follows_already", [True, False])
def test_a_scan_binds_and_the_next_message_comes_there(ada: Person, fake: Tencent, follows_already: bool) -> None:
    status, said = scans(ADA, word(ada, fake), follows_already)
    assert status == 200 and said.startswith("已绑定") and "Linked." in said
    assert account(ada) == ADA
    queue_message(ada, MessageKind.ANSWER, "1", {"question": "Q", "answer": "A"})
    delivery_worker.work(hub_clock().now())
    (letter,) = fake.taken.values()
    assert letter["touser"] == ADA


def test_a_code_is_good_once_and_for_ten_minutes(world: World, ada: Person, fake: Tencent) -> None:
    first = word(ada, fake)
    scans(ADA, first)
    assert "This code has expired." in scans(LIN, first)[1]
    assert account(ada) == ADA
    late = word(ada, fake)
    world.ahead(minutes=10)
    assert "This code has expired." in scans(LIN, late)[1]
    older, newer = word(ada, fake), word(ada, fake)
    assert "This code has expired." in scans(LIN, older)[1]
    assert "Linked." in scans(LIN, newer)[1] and account(ada) == LIN


def test_what_is_played_again_forged_or_old_changes_nothing(ada: Person, fake: Tencent) -> None:
    url, body = told(ADA, "SCAN", word(ada, fake))
    forged = url.replace("msg_signature=", "msg_signature=0")
    assert posts(forged, body)[0] == 403 and not account(ada)
    assert posts(url, body.replace(b"<Encrypt>", b"<Other>").replace(b"</Encrypt>", b"</Other>"))[0] == 403
    assert posts(*told(ADA, "SCAN", "x", age=301))[0] == 403
    assert posts(*told(ADA, "SCAN", "x", app="wx2"))[0] == 403
    assert posts(url, body)[0] == 200 and account(ada) == ADA
    binding_before = AccountLinkCode.objects.get().used_at
    assert posts(url, body)[0] == 403, "the same once more"
    assert AccountLinkCode.objects.get().used_at == binding_before


def test_a_signature_over_another_body_is_worth_nothing(ada: Person, fake: Tencent) -> None:
    """Who has seen one callback in clear could forge the next, were the body not signed."""
    url, _body = told(ADA, "SCAN", word(ada, fake))
    _url, other = told(LIN, "SCAN", fake.scenes[-1])
    assert posts(url, other)[0] == 403 and not account(ada)


def test_an_account_of_another_patron_stays_theirs_and_both_pages_say_so(
    world: World, ada: Person, lin: Person, fake: Tencent
) -> None:
    scans(ADA, word(ada, fake))
    status, said = scans(ADA, word(lin, fake))
    assert status == 200 and "linked to another card" in said
    assert account(ada) == ADA and not account(lin)
    assert account_linking.last(lin, "wechat").end == AccountLinkCode.End.TAKEN  # type: ignore[union-attr]


def test_who_follows_no_more_is_reached_otherwise_until_the_patron_follows_again(ada: Person, fake: Tencent) -> None:
    scans(ADA, word(ada, fake))
    posts(*told(ADA, "unsubscribe"))
    assert "wechat" not in [each.channel for each in contacts.usable_addresses(ada)]
    posts(*told(ADA, "subscribe"))
    assert "wechat" in [each.channel for each in contacts.usable_addresses(ada)]


def test_the_provider_is_greeted_back_only_by_its_own_word(fake: Tencent) -> None:
    stamp = str(int(hub_clock().now().timestamp()))
    url = f"{reverse('messaging:wechat_events')}?echostr=42&timestamp={stamp}&nonce=n&signature="
    assert Client().get(url + signed(stamp, "n")).content == b"42"
    assert Client().get(url + signed(stamp, "m")).status_code == 403


def test_without_the_two_secrets_there_is_no_such_page(db: None) -> None:
    assert Client().get(reverse("messaging:wechat_events")).status_code == 404
    assert Client().get(reverse("messaging:wecom_bound")).status_code == 404


@pytest.mark.parametrize("codes", [[45009], [-1], [48001]])
def test_a_provider_that_gives_no_code_is_told_and_leaves_nothing(ada: Person, fake: Tencent, codes: list[int]) -> None:
    fake.codes = codes
    with pytest.raises(Unreachable):
        account_linking.begin(ada, "wechat", channels(), hub_clock().now())
    assert not AccountLinkCode.objects.exists()


def test_a_token_that_expired_is_renewed_for_a_code_too(ada: Person, fake: Tencent) -> None:
    word(ada, fake)
    fake.expire()
    assert word(ada, fake) and fake.tokens == 2


def test_by_wecom_the_phone_comes_back_with_a_word_that_wecom_knows(ada: Person, fake: Tencent) -> None:
    made = account_linking.begin(ada, "wecom", channels(), hub_clock().now())
    asked = parse_qs(urlsplit(made.url.opened()).query)
    assert asked["appid"] == ["ww1"] and asked["redirect_uri"][0].endswith("/p/wecom/")
    fake.members = {"c1": "ada", "c2": "ada"}
    back = reverse("messaging:wecom_bound")
    page = Client(headers={"accept-language": "en"})
    assert "could not confirm" in words(page.get(back, {"code": "nobody", "state": asked["state"][0]}).content)
    assert "Linked" in words(page.get(back, {"code": "c1", "state": asked["state"][0]}).content)
    assert "This code has expired" in words(page.get(back, {"code": "c2", "state": asked["state"][0]}).content)
    found = account_linking.bound(ada, "wecom")
    assert found is not None and found.address.opened() == "ada"


def test_the_patron_binds_and_unbinds_on_their_page(world: World, fake: Tencent) -> None:
    from tests.hub.outreach.portal.phone import proved

    ada, phone = proved(world), Client(headers={"accept-language": "en"})
    signs_in(phone, world.ada.identifier)
    url = reverse("portal:scan", args=("wechat",))
    assert "Show QR code" in words(phone.get(url).content) and not AccountLinkCode.objects.exists()
    assert "It works once and for 10 minutes" in press(phone, url, url)
    scans(ADA, fake.scenes[-1])
    assert "Linked: •••nid" in words(phone.get(url).content)
    unbound = press(phone, reverse("portal:unbind", args=("wechat",)), url)
    assert "Unlinked: WeChat." in unbound
    assert account_linking.bound(ada, "wechat") is None
    assert Message.objects.filter(kind=MessageKind.CONTACT_CHANGED).exists(), "the account hears of it"
    assert Contact.objects.get(channel="wechat").replaced_at is not None


def test_end_of_a_scan_of_nothing(db: None) -> None:
    assert account_linking.take("wechat", "nothing", ADA, hub_clock().now()) is End.OVER
