"""Test the Apprise transport: one object per letter, and only services that the library allows."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.utils.translation import override

from hub.outreach.messaging.channels.apprise import AppriseTransport
from hub.outreach.messaging.channels.base import Letter, Outcome, PermanentRefusal, SendFailure, SendSuccess
from hub.outreach.messaging.rendering import RenderedMessage
from hub.outreach.messaging.settings import Apprise, BadChannels, Channels, read
from hub.outreach.patrons.purposes import MessageKind
from tests.support.loopback import QuietHandler, serving

WORDS = RenderedMessage("zh", "您预约的书到了", "《边城》到了。", "long", "<p>html</p>", "", {})


@dataclass
class Hook:
    """Web hook that Apprise calls like any service."""

    port: int = 0
    got: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    status: int = 200


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()

    class Handler(QuietHandler):
        def do_POST(self) -> None:
            raw = self.body().decode()
            form = self.headers["Content-Type"].startswith("application/x-www-form")
            body = {name: values[0] for name, values in parse_qs(raw).items()} if form else json.loads(raw)
            made.got.append((self.path, body))
            self.reply(made.status, b"{}")

    with serving(Handler) as made.port:
        yield made


def letter(address: str) -> Letter:
    return Letter("k1", MessageKind.HOLD_READY, address, WORDS, "")


def text(hook: Hook, *numbers: str) -> list[Outcome]:
    settings = Apprise(sms=f"json://127.0.0.1:{hook.port}/{{address}}")
    with AppriseTransport(settings, settings.sms) as way:
        return [way.send(letter(each)) for each in numbers]


def test_text_message_sends_short_form_to_number(hook: Hook) -> None:
    assert text(hook, "+8613800138000") == [SendSuccess()]
    ((path, body),) = hook.got
    assert path.startswith("/8613800138000") and body["message"] == "《边城》到了。"


def test_eight_messages_are_sent_without_waiting_between_objects(hook: Hook) -> None:
    """One shared Apprise object would wait 5.5 seconds between two messages."""
    began = time.monotonic()
    assert text(hook, *(f"+861380013800{last}" for last in range(8))) == [SendSuccess()] * 8
    assert time.monotonic() - began < 30


def test_failure_is_reported_without_number_in_log(hook: Hook, caplog: pytest.LogCaptureFixture) -> None:
    hook.status = 500
    with caplog.at_level(logging.INFO):
        assert text(hook, "+8613800138000") == [SendFailure("apprise_failed")]
    assert "13800138000" not in caplog.text


def test_disallowed_service_is_not_called(hook: Hook) -> None:
    address = f"json://127.0.0.1:{hook.port}/"
    with AppriseTransport(Apprise(services=("ntfys",)), "{address}") as way:
        assert way.send(letter(address)) == PermanentRefusal("apprise_not_allowed", "json")
    assert hook.got == [] and not Channels(apprise=Apprise(services=("ntfys",))).has("apprise", "answer", address)
    with AppriseTransport(Apprise(services=("json",)), "{address}") as way:
        assert way.send(letter(address)) == SendSuccess()
    assert hook.got[0][1]["title"] == "您预约的书到了"


def test_invalid_apprise_url_counts_as_bounce() -> None:
    with AppriseTransport(Apprise(services=("mailto",)), "{address}") as way:
        assert way.send(letter("mailto://")) == PermanentRefusal("apprise_bad_url", bounced=True)


WECHAT = {"app_id": "a", "secret": "b"}
TITEL = {"hold_ready": {"id": "T", "data": {"thing1": "{titel}"}}}


@pytest.mark.parametrize(
    ("part", "found", "words"),
    [
        ("mail", {"host": "x"}, "mail.sender: Field required"),
        ("mial", {}, "mial: Extra inputs are not permitted"),
        (
            "wecom",
            {"corp_id": "a", "agent_id": 1},
            "wecom.secret: Field required (or the environment variable KIOSK_HUB_WECOM_SECRET)",
        ),
        ("apprise", {"sms": "json://host/"}, "apprise.sms: the URL lacks {address}, the placeholder for the number"),
        (
            "wechat",
            {**WECHAT, "templates": TITEL},
            "wechat.templates.hold_ready.data.thing1, line 1: unknown placeholder {titel}.",
        ),
        ("wechat", {**WECHAT, "templates": {"hold": {"id": "T", "data": {}}}}, "wechat.templates.hold.[key]"),
    ],
)
def test_invalid_settings_name_place_and_fault(part: str, found: dict[str, Any], words: str) -> None:
    with override("en"), pytest.raises(BadChannels) as refused:
        read({part: found})
    assert str(refused.value).startswith(words)


def test_secret_comes_from_environment_and_appears_in_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_HUB_MAIL_PASSWORD", "hush")
    made = read({"mail": {"sender": "a@b.c", "host": "h", "user": "u"}})
    assert made.mail is not None and made.mail.password == "hush"
    with pytest.raises(BadChannels) as refused:
        read({"mail": {"sender": "a@b.c", "host": "h", "port": "hush"}})
    assert "hush" not in str(refused.value)
