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
from hub.outreach.messaging.account_linking import ScanResult
from hub.outreach.messaging.callbacks import CallbackRejected, Envelope
from hub.outreach.messaging.channels.tencent import Unreachable
from hub.outreach.messaging.enqueue import queue_message
from hub.outreach.messaging.models import AccountLinkCode, Message
from hub.outreach.messaging.settings import FILE, channels
from hub.outreach.patrons import records
from hub.outreach.patrons.models import Contact, Person
from hub.outreach.patrons.purposes import MessageKind
from tests.hub.outreach.messaging.tencent import Tencent, tencent
from tests.hub.outreach.messaging.wechat_callback import CALLBACKS, callback, posts, scans, signed
from tests.hub.outreach.portal.phone import MAIL, press, sign_in
from tests.hub.staff.staff_client import words
from tests.hub.support.world import World

ADA, LIN = "oAda_openid", "oLin_openid"
VECTOR = (
    "hyzAe4OzmOMbd6TvGdIOO6uBmdJoD0Fk53REIHvxYtJlE2B655HuD0m8KUePWB3+LrPXo87wzQ1QLvbeUgmBM4x6F8PGHQHFVAFmOD2LdJF9"
    "FrXpbUAh0B5GIItb52sn896wVsMSHGuPE328HnRGBcrS7C41IzDWyWNlZkyyXwon8T332jisa+h6tEDYsVticbSnyU8dKOIbgU6ux5VTjg3y"
    "t+WGzjlpKn6NPhRjpA912xMezR4kw6KWwMrCVKSVCZciVGCgavjIQ6X8tCOp3yZbGpy0VxpAe+77TszTfRd5RJSVO/HTnifJpXgCSUdUue1v"
    "6h0EIBYYI1BD1DlD+C0CR8e6OewpusjZ4uBl9FyJvnhvQl+q5rv1ixrcpCumEPo5MJSgM9ehVsNPfUM669WuMyVWQLCzpu9GhglF2PE="
)
"""Sample message of WeChat's documentation."""


@pytest.fixture
def fake() -> Iterator[Tencent]:
    """Run fake WeChat and WeCom, and write the channels.toml that names them and mail."""
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
    person: Person = Person.objects.create(ref=world.lin.ref, since=hub_clock().now())
    return person


def new_code(person: Person, fake: Tencent) -> str:
    """Return the code word of a new code for the person."""
    account_linking.begin(person, "wechat", channels(), hub_clock().now())
    return fake.scenes[-1]


def account(person: Person) -> str:
    found = account_linking.linked_account(person, "wechat")
    return found.address.decrypt() if found else ""


def test_envelope_decrypts_wechat_sample() -> None:
    envelope = Envelope("wx2c2769f8efd9abc2", "spamtest", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")
    then = datetime.fromtimestamp(1409735669, UTC)
    raw = f"<xml><Encrypt><![CDATA[{VECTOR}]]></Encrypt></xml>".encode()
    event = envelope.decrypt(raw, "5d197aaffba7e9b25a30732f161a50dee96bd5fa", "1409735669", "1320562132", then)
    assert (event["MsgType"], event["Content"]) == ("text", "abcdteT")
    another = Envelope("wx-another", "spamtest", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")
    with pytest.raises(CallbackRejected, match="another_account"):
        another.decrypt(raw, "5d197aaffba7e9b25a30732f161a50dee96bd5fa", "1409735669", "1320562132", then)


@pytest.mark.parametrize("follows_already", [True, False])
def test_scan_links_account_and_next_message_goes_there(ada: Person, fake: Tencent, follows_already: bool) -> None:
    status, said = scans(ADA, new_code(ada, fake), follows_already)
    assert status == 200 and said.startswith("已绑定") and "Linked." in said
    assert account(ada) == ADA
    queue_message(ada, MessageKind.ANSWER, "1", {"question": "Q", "answer": "A"})
    delivery_worker.work(hub_clock().now())
    (letter,) = fake.taken.values()
    assert letter["touser"] == ADA


def test_code_works_once_within_ten_minutes_and_newest_replaces_older(world: World, ada: Person, fake: Tencent) -> None:
    first = new_code(ada, fake)
    scans(ADA, first)
    assert "This code has expired." in scans(LIN, first)[1]
    assert account(ada) == ADA
    late = new_code(ada, fake)
    world.advance(minutes=10)
    assert "This code has expired." in scans(LIN, late)[1]
    older, newer = new_code(ada, fake), new_code(ada, fake)
    assert "This code has expired." in scans(LIN, older)[1]
    assert "Linked." in scans(LIN, newer)[1] and account(ada) == LIN


def test_replayed_forged_and_old_callbacks_are_rejected(ada: Person, fake: Tencent) -> None:
    url, body = callback(ADA, "SCAN", new_code(ada, fake))
    forged = url.replace("msg_signature=", "msg_signature=0")
    assert posts(forged, body)[0] == 403 and not account(ada)
    assert posts(url, body.replace(b"<Encrypt>", b"<Other>").replace(b"</Encrypt>", b"</Other>"))[0] == 403
    assert posts(*callback(ADA, "SCAN", "x", age=301))[0] == 403
    assert posts(*callback(ADA, "SCAN", "x", app="wx2"))[0] == 403
    assert posts(url, body)[0] == 200 and account(ada) == ADA
    used_at = AccountLinkCode.objects.get().used_at
    assert posts(url, body)[0] == 403, "replay"
    assert AccountLinkCode.objects.get().used_at == used_at


def test_signature_over_other_body_is_rejected(ada: Person, fake: Tencent) -> None:
    """Without a signed body, one observed callback would allow forging the next."""
    url, _body = callback(ADA, "SCAN", new_code(ada, fake))
    _url, other = callback(LIN, "SCAN", fake.scenes[-1])
    assert posts(url, other)[0] == 403 and not account(ada)


def test_account_of_other_patron_stays_linked_and_scan_says_so(
    world: World, ada: Person, lin: Person, fake: Tencent
) -> None:
    scans(ADA, new_code(ada, fake))
    status, said = scans(ADA, new_code(lin, fake))
    assert status == 200 and "linked to another card" in said
    assert account(ada) == ADA and not account(lin)
    assert account_linking.last(lin, "wechat").end == AccountLinkCode.End.TAKEN  # type: ignore[union-attr]


def test_unfollowed_account_is_unusable_until_followed_again(ada: Person, fake: Tencent) -> None:
    scans(ADA, new_code(ada, fake))
    posts(*callback(ADA, "unsubscribe"))
    assert "wechat" not in [each.channel for each in records.usable_addresses(ada)]
    posts(*callback(ADA, "subscribe"))
    assert "wechat" in [each.channel for each in records.usable_addresses(ada)]


def test_echo_requires_valid_signature(db: None, fake: Tencent) -> None:
    stamp = str(int(hub_clock().now().timestamp()))
    url = f"{reverse('messaging:wechat_events')}?echostr=42&timestamp={stamp}&nonce=n&signature="
    assert Client().get(url + signed(stamp, "n")).content == b"42"
    assert Client().get(url + signed(stamp, "m")).status_code == 403


def test_callback_pages_return_404_without_secrets(db: None) -> None:
    assert Client().get(reverse("messaging:wechat_events")).status_code == 404
    assert Client().get(reverse("messaging:wecom_bound")).status_code == 404


@pytest.mark.parametrize("codes", [[45009], [-1], [48001]])
def test_provider_failure_creates_no_code(ada: Person, fake: Tencent, codes: list[int]) -> None:
    fake.codes = codes
    with pytest.raises(Unreachable):
        account_linking.begin(ada, "wechat", channels(), hub_clock().now())
    assert not AccountLinkCode.objects.exists()


def test_expired_token_is_renewed_for_code(ada: Person, fake: Tencent) -> None:
    new_code(ada, fake)
    fake.expire()
    assert new_code(ada, fake) and fake.tokens == 2


def test_wecom_redirect_links_account_once(ada: Person, fake: Tencent) -> None:
    link = account_linking.begin(ada, "wecom", channels(), hub_clock().now())
    asked = parse_qs(urlsplit(link.url.decrypt()).query)
    assert asked["appid"] == ["ww1"] and asked["redirect_uri"][0].endswith("/p/wecom/")
    fake.members = {"c1": "ada", "c2": "ada"}
    back = reverse("messaging:wecom_bound")
    page = Client(headers={"accept-language": "en"})
    assert "could not confirm" in words(page.get(back, {"code": "nobody", "state": asked["state"][0]}).content)
    assert "Linked" in words(page.get(back, {"code": "c1", "state": asked["state"][0]}).content)
    assert "This code has expired" in words(page.get(back, {"code": "c2", "state": asked["state"][0]}).content)
    found = account_linking.linked_account(ada, "wecom")
    assert found is not None and found.address.decrypt() == "ada"


def test_patron_links_and_unlinks_account_in_portal(world: World, fake: Tencent) -> None:
    from tests.hub.outreach.portal.phone import verified_ada

    ada, phone = verified_ada(world), Client(headers={"accept-language": "en"})
    sign_in(phone, world.ada.identifier)
    url = reverse("portal:scan", args=("wechat",))
    assert "Show QR code" in words(phone.get(url).content) and not AccountLinkCode.objects.exists()
    assert "It works once and for 10 minutes" in press(phone, url, url)
    scans(ADA, fake.scenes[-1])
    assert "Linked: •••nid" in words(phone.get(url).content)
    unbound = press(phone, reverse("portal:unbind", args=("wechat",)), url)
    assert "Unlinked: WeChat." in unbound
    assert account_linking.linked_account(ada, "wechat") is None
    assert Message.objects.filter(kind=MessageKind.CONTACT_CHANGED).exists(), "the account is notified"
    assert Contact.objects.get(channel="wechat").replaced_at is not None


def test_scan_of_unknown_code_reports_expired(db: None) -> None:
    assert account_linking.take("wechat", "nothing", ADA, hub_clock().now()) is ScanResult.OVER
