"""Test WeChat and WeCom: token renewal, refusals, and errors inside an HTTP 200."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hub.outreach.messaging.channels.base import Letter, Outcome, PermanentRefusal, SendFailure, SendSuccess, Transport
from hub.outreach.messaging.channels.tencent import WeChatTransport, WeComTransport
from hub.outreach.messaging.rendering import RenderedMessage
from hub.outreach.messaging.settings import WeChat, WeChatTemplate, WeCom
from hub.outreach.patrons.purposes import MessageKind
from tests.hub.outreach.messaging.tencent import Tencent, tencent

VALUES = {"title": "呼兰河传", "until": "12月2日（星期三）", "pickup": "总馆"}
WORDS = RenderedMessage(
    "zh", "您预约的书到了", "到了。", "您好！\n到了。\n", "<p>到了</p>", "https://library.example/p/x", VALUES
)
TEMPLATE = WeChatTemplate(id="T1", data={"thing1": "{title}", "date2": "{until}"})


@pytest.fixture
def fake() -> Iterator[Tencent]:
    with tencent() as server:
        yield server


def wechat(fake: Tencent, **template: Any) -> WeChatTransport:
    used = TEMPLATE.model_copy(update=template)
    return WeChatTransport(
        WeChat.model_validate(
            {
                "app_id": "wx1",
                "secret": "s",
                "base_url": fake.url,
                "templates": {MessageKind.HOLD_READY: used},
                "timeout": 5,
            }
        )
    )


def wecom(fake: Tencent) -> WeComTransport:
    settings = {"corp_id": "ww1", "agent_id": 7, "secret": "s", "base_url": fake.url, "timeout": 5}
    return WeComTransport(WeCom.model_validate(settings))


def letter(key: str = "k1", kind: MessageKind = MessageKind.HOLD_READY, words: RenderedMessage = WORDS) -> Letter:
    return Letter(key, kind, "o-ada", words, "")


def sent(way: Transport, *letters: Letter) -> list[Outcome]:
    with way:
        return [way.send(each) for each in letters or (letter(),)]


def test_template_message_fills_keywords(fake: Tencent) -> None:
    assert sent(wechat(fake)) == [SendSuccess("1")]
    ((path, body),) = fake.asked
    assert path == "/cgi-bin/message/template/send"
    assert body["touser"] == "o-ada" and body["template_id"] == "T1" and body["url"] == WORDS.link
    assert body["data"] == {"thing1": {"value": "呼兰河传"}, "date2": {"value": "12月2日（星期三）"}}


def test_one_token_serves_several_messages(fake: Tencent) -> None:
    sent(wechat(fake), letter("k1"), letter("k2"), letter("k3"))
    assert fake.tokens == 1 and len(fake.taken) == 3


@pytest.mark.parametrize(("transport", "number"), [(wechat, "2"), (wecom, "1")])
def test_expired_token_is_renewed_and_message_sent_once(
    fake: Tencent, transport: Callable[[Tencent], Transport], number: str
) -> None:
    with transport(fake) as way:
        way.send(letter("k1"))
        fake.expire()
        assert way.send(letter("k2")) == SendSuccess(number)
    assert fake.tokens == 2 and len(fake.asked) == 2


def test_rejected_token_renewal_fails_with_settings_error(fake: Tencent) -> None:
    way = wechat(fake)
    with way:
        way.send(letter("k1"))
        fake.expire()
        fake.token_code = 40001
        assert way.send(letter("k2")) == SendFailure("wechat_settings", "40001 invalid credential", everybody=True)


def test_repeated_message_has_same_key(fake: Tencent) -> None:
    sent(wechat(fake), letter("k1"), letter("k1"))
    assert len(fake.asked) == 2 and len(fake.taken) == 1


def test_subscription_message_without_consent_is_refused_without_bounce(fake: Tencent) -> None:
    fake.codes = [43101]
    (outcome,) = sent(wechat(fake, how="subscribe"))
    assert fake.asked[0][0] == "/cgi-bin/message/subscribe/bizsend"
    assert outcome == PermanentRefusal("wechat_no_subscription", "43101 no", bounced=False)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (45015, PermanentRefusal("wechat_window_over", "45015 no")),
        (43004, PermanentRefusal("wechat_not_following", "43004 no")),
        (40003, PermanentRefusal("wechat_no_such_user", "40003 no", bounced=True)),
        (40037, SendFailure("wechat_settings", "40037 no", everybody=True)),
        (45009, SendFailure("wechat_busy", "45009 no", everybody=True)),
        (-1, SendFailure("wechat_busy", "-1 no", everybody=True)),
        (99999, SendFailure("wechat_unknown", "99999 no")),
    ],
)
def test_error_code_inside_http_200_is_reported(fake: Tencent, code: int, expected: Outcome) -> None:
    fake.codes = [code]
    assert sent(wechat(fake)) == [expected]
    assert fake.taken == {}


@pytest.mark.parametrize(("status", "raw"), [(502, b"bad gateway"), (200, b"<html>sign in</html>"), (200, b"[1]")])
def test_invalid_response_fails_without_disclosing_token(fake: Tencent, status: int, raw: bytes) -> None:
    fake.status, fake.raw = status, raw
    (outcome,) = sent(wechat(fake))
    assert isinstance(outcome, SendFailure) and outcome.everybody and outcome.code == "wechat_unreachable"
    assert "token" not in outcome.words and "secret" not in outcome.words


def test_kind_without_template_is_refused(fake: Tencent) -> None:
    assert sent(wechat(fake), letter(kind=MessageKind.ANSWER)) == [PermanentRefusal("wechat_no_template", "answer")]


def test_wecom_sends_text_with_duplicate_check(fake: Tencent) -> None:
    assert sent(wecom(fake)) == [SendSuccess("1")]
    ((path, body),) = fake.asked
    assert path == "/cgi-bin/message/send" and body["agentid"] == 7
    assert body["text"] == {"content": "您好！\n到了。"} and body["enable_duplicate_check"] == 1


def test_wecom_unknown_user_counts_as_bounce(fake: Tencent) -> None:
    fake.invalid = "o-ada"
    assert sent(wecom(fake)) == [PermanentRefusal("wecom_no_such_user", "invaliduser", bounced=True)]


def test_unreachable_server_fails_for_everybody() -> None:
    unreachable = Tencent(url="http://127.0.0.1:9")
    (outcome,) = sent(wecom(unreachable))
    assert isinstance(outcome, SendFailure) and outcome.everybody
