"""Test the forms of text messages, WeChat and WeCom against served APIs: what is sent, refused, kept secret, undone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.urls import reverse

from hub.core.encrypted_fields import MARK
from hub.outreach.messaging.models import SmsAccount, WeChatAccount
from hub.outreach.messaging.settings import FILE, channels
from tests.hub.outreach.messaging.tencent import Tencent, tencent
from tests.hub.staff.library.library_client import post
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World
from tests.support.loopback import QuietHandler, serving

SECRETS = {"secret": "deep-secret", "callback_token": "hushtoken", "callback_key": "k" * 43}


@pytest.fixture
def grace(world: World) -> Grace:
    return Grace()


@pytest.fixture
def fake(world: World) -> Iterator[Tencent]:
    with tencent() as served:
        yield served


def save_wechat(grace: Grace, fake: Tencent, **fields: str) -> str:
    return post(grace, "wechat_account", **{"app_id": "wx1", "base_url": fake.url, "is_on": "on", **SECRETS} | fields)


def save_template(grace: Grace, **fields: str) -> str:
    entered = {"kind": "test", "template_id": "T1", "how": "template", "data": "thing1: {library}\ntime2：12:30"}
    return post(grace, "wechat_template", **entered | fields)


def save_wecom(grace: Grace, fake: Tencent, **fields: str) -> str:
    entered = {"corp_id": "ww1", "agent_id": "1000002", "base_url": fake.url, "is_on": "on", "secret": "deep-secret"}
    return post(grace, "wecom_account", **entered | fields)


def test_wechat_sends_by_the_account_and_template_of_the_page(grace: Grace, fake: Tencent) -> None:
    assert "Account saved" in save_wechat(grace, fake)
    assert "No template for this message type · Add one" in post(grace, "test_wechat_account", address="openid-ada")
    assert "unknown placeholder {due}" in save_template(grace, data="thing1: {due}")
    assert "Template saved" in save_template(grace)
    assert "WeChat: test message sent" in post(grace, "test_wechat_account", address="openid-ada")
    (_path, body) = fake.asked[-1]
    assert (body["touser"], body["template_id"]) == ("openid-ada", "T1")
    assert body["data"]["time2"]["value"] == "12:30"
    post(grace, "wechat_template", remove="test")
    assert "Undone" in grace.undo() and set(WeChatAccount.now().templates) == {"test"}
    fake.token_code = 40125
    page = post(grace, "test_wechat_account", address="openid-ada")
    assert "WeChat rejects our settings" in page and "40125 invalid credential" in page


def test_stored_secrets_go_to_no_other_server_and_are_on_no_page(grace: Grace, fake: Tencent, tmp_path: Path) -> None:
    save_wechat(grace, fake)
    kept = dict.fromkeys(SECRETS, "")
    assert "A stored one is not used for another" in save_wechat(grace, fake, **kept, base_url="https://proxy.example")
    assert "A stored one is not used for another" in save_wechat(grace, fake, **kept, app_id="wx2")
    assert "Nothing was changed" in save_wechat(grace, fake, **kept)
    save_wechat(grace, fake, **kept | {"secret": "another"}, app_id="wx2")
    found = channels().wechat
    assert found is not None
    assert (found.secret, found.callback_token) == ("another", ""), "those of wx1 are gone"
    WeChatAccount.objects.update(base_url="https://mallory.example")
    found = channels().wechat
    assert found is not None and found.secret == ""
    save_wechat(grace, fake)
    listed = grace.client.get(reverse("audit:changes") + "?show=wechat_account").content.decode()
    page = grace.client.get(reverse("library:wechat_account")).content.decode()
    assert "new password or key" in listed and page.count("Stored. Leave empty to keep it.") == 3
    call_command("dumpdata", "messaging", output=str(tmp_path / "all.json"))
    copy = (tmp_path / "all.json").read_text(encoding="utf-8")
    assert copy.count(MARK) == 3
    for secret in SECRETS.values():
        assert all(secret not in text for text in (listed, page, copy))


def test_callback_needs_both_its_secrets(grace: Grace, fake: Tencent) -> None:
    assert "Enter both Token and EncodingAESKey" in save_wechat(grace, fake, callback_key="")
    assert "Enter the 43 letters" in save_wechat(grace, fake, callback_key="short")
    assert not WeChatAccount.objects.exists()


def test_wecom_sends_until_it_is_switched_off(grace: Grace, fake: Tencent) -> None:
    assert "Enter an address that begins with https" in save_wecom(grace, fake, base_url="not a url")
    assert "Account saved" in save_wecom(grace, fake)
    assert "WeCom: test message sent" in post(grace, "test_wecom_account", address="grace-liu")
    assert fake.asked[-1][1]["agentid"] == 1000002
    post(grace, "wecom_account", corp_id="ww1", agent_id="1000002", base_url=fake.url, secret="")
    assert channels().wecom is None and "Undone" in grace.undo() and channels().wecom is not None
    post(grace, "wecom_account", corp_id="ww1", agent_id="1000002", base_url=fake.url, secret="")
    assert "Channel turned off" in post(grace, "test_wecom_account", address="grace-liu")


def test_sms_service_is_checked_and_sends_to_a_number(grace: Grace) -> None:
    taken: list[str] = []

    class Handler(QuietHandler):
        def do_POST(self) -> None:
            taken.append(self.path + json.loads(self.body())["message"])
            self.reply(200, b"{}")

    assert "Enter the address of the service" in post(grace, "sms_account", is_on="on", url="")
    for url, fault in (("json://h/x", "where the number belongs"), ("nosuch://{address}", "No SMS service")):
        assert fault in post(grace, "sms_account", is_on="on", url=url)
    with serving(Handler) as port:
        assert "Account saved" in post(
            grace, "sms_account", is_on="on", url=f"json://ada:deep-secret@127.0.0.1:{port}/{{address}}"
        )
        page = post(grace, "test_sms_account", address="13800138000")
    assert "SMS: test message sent" in page and taken[0].startswith("/8613800138000")
    assert "Stored: a service json." in page and "deep-secret" not in grace.last
    assert SmsAccount.objects.get().url.startswith(MARK)
    assert "Not a valid mobile number" in post(grace, "test_sms_account", address="12")


def test_file_comes_before_each_page(grace: Grace, fake: Tencent) -> None:
    save_wecom(grace, fake)
    path = Path(settings.STATE) / FILE
    try:
        path.write_text('[wecom]\ncorp_id = "wwfile"\nagent_id = 7\nsecret = "hush"\n', encoding="utf-8")
        page = words(grace.client.get(reverse("library:wecom_account")).content)
        assert "corp_id wwfile" in page and "hush" not in page and "Save account" not in page
        assert "Change it there" in save_wecom(grace, fake, corp_id="ww2")
        found = channels().wecom
        assert found is not None and found.corp_id == "wwfile"
        path.write_text('[apprise]\nservices = ["ntfys"]\n', encoding="utf-8")
        post(grace, "sms_account", is_on="on", url="json://127.0.0.1/{address}")
        services = channels().apprise
        assert services is not None and services.sms and services.services == ("ntfys",)
    finally:
        path.unlink()
