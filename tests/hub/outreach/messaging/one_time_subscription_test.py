"""Test WeChat's one-time subscriptions: one consent allows one message about one loan."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.test import Client

from hub.core.clock import hub_clock
from hub.outreach.messaging import delivery_worker, one_time_subscription
from hub.outreach.messaging.enqueue import queue_message
from hub.outreach.messaging.models import Message, OneTimeSubscription
from hub.outreach.messaging.settings import FILE, channels
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind
from tests.hub.outreach.messaging.tencent import Tencent, tencent
from tests.hub.support.world import World


@pytest.fixture
def fake() -> Iterator[Tencent]:
    """Run fake WeChat, and write the channels.toml that names it."""
    path = Path(settings.STATE) / FILE
    with tencent() as server:
        path.write_text(
            f"""[wechat]
app_id = "wx1"
secret = "s"
base_url = "{server.url}"
[wechat.templates.due_soon]
id = "T1"
how = "once"
data = {{}}
""",
            encoding="utf-8",
        )
        yield server
        path.unlink()


@pytest.fixture
def lin(world: World) -> Person:
    """A patron without any address."""
    patron: Person = Person.objects.create(ref=world.lin.ref, since=hub_clock().now())
    return patron


def loan(world: World) -> str:
    world.upload(world.checkout(world.dune, "04D4E5F6"))
    return str(world.loans(world.dune)[0].pk)


def redirect(lin: Person, about: str) -> tuple[str, str]:
    """Return the URL to which WeChat redirects, and the scene."""
    url = urlsplit(one_time_subscription.question(lin, MessageKind.DUE_SOON, about, channels()))
    query = parse_qs(url.query)
    assert (url.netloc, url.fragment, query["template_id"]) == ("mp.weixin.qq.com", "wechat_redirect", ["T1"])
    return query["redirect_url"][0].removeprefix(settings.PUBLIC_URL), query["scene"][0]


def answer_question(lin: Person, about: str, action: str = "confirm") -> str:
    back, scene = redirect(lin, about)
    page = Client().get(back, {"openid": "o-lin", "template_id": "T1", "action": action, "scene": scene})
    return page.content.decode()


def remind(lin: Person, about: str, key: str = "1") -> Message:
    return queue_message(lin, MessageKind.DUE_SOON, key, {"items": [{"loan": about}], "count": 1})


def attempts(message: Message) -> list[tuple[str, str, str]]:
    delivery_worker.work(hub_clock().now())
    return list(message.deliveries.values_list("channel", "state", "code"))


def test_consent_allows_one_message(world: World, lin: Person, fake: Tencent) -> None:
    about = loan(world)
    assert "到时会提醒您" in answer_question(lin, about)
    answer_question(lin, about)
    assert OneTimeSubscription.objects.count() == 1 and "o-lin" not in OneTimeSubscription.objects.get().openid
    assert attempts(remind(lin, about)) == [("wechat", "sent", "")]
    ((path, body),) = fake.asked
    assert path == "/cgi-bin/message/template/subscribe"
    assert (body["touser"], body["scene"], body["template_id"]) == ("o-lin", "1", "T1")
    assert "图书即将到期" in body["data"]["content"]["value"]
    assert attempts(remind(lin, about, "2")) == [("screen", "pending", "")]


def test_consent_for_other_loan_does_not_apply(world: World, lin: Person, fake: Tencent) -> None:
    about = loan(world)
    answer_question(lin, "99999")
    assert attempts(remind(lin, about)) == [("screen", "pending", "")]


def test_declined_question_sends_no_message(world: World, lin: Person, fake: Tencent) -> None:
    about = loan(world)
    assert "不发送微信提醒" in answer_question(lin, about, action="cancel")
    assert attempts(remind(lin, about)) == [("screen", "pending", "")] and fake.asked == []


def test_subscription_unknown_to_wechat_falls_back_to_screen(world: World, lin: Person, fake: Tencent) -> None:
    about = loan(world)
    answer_question(lin, about)
    fake.codes = [43101]
    assert attempts(remind(lin, about)) == [("wechat", "dead", "wechat_no_subscription"), ("screen", "pending", "")]


def test_question_expires_after_a_day_and_cannot_be_forged(world: World, lin: Person, fake: Tencent) -> None:
    back, scene = redirect(lin, "1")
    query = {"openid": "o-lin", "action": "confirm", "scene": scene}
    assert "不发送" in Client().get("/p/wechat/made-up/", query).content.decode()
    assert "不发送" in Client().get(back, {**query, "openid": "<script>"}).content.decode()
    world.advance(days=1)
    assert "不发送" in Client().get(back, query).content.decode()
    assert not OneTimeSubscription.objects.exists()


def test_question_requires_template(lin: Person, fake: Tencent) -> None:
    assert one_time_subscription.question(lin, MessageKind.OVERDUE, "1", channels()) == ""
