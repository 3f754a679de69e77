"""Test in Chromium that mails with covers are legible: narrow and wide, dark and light, with and without pictures."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome

from hub.catalogue.models import Title
from hub.outreach.messaging.message_templates import samples
from hub.outreach.messaging.rendering import RenderedMessage, Renderer, covers_for_mail
from hub.outreach.patrons.purposes import MessageKind
from tests.hub.outreach.messaging.rendering_test import pictured
from tests.hub.outreach.portal.axe import off_the_phone, serious
from tests.hub.support.browsers import browser, chromium
from tests.hub.support.world import World

KINDS = (MessageKind.DIGEST, MessageKind.DUE_SOON, MessageKind.HOLD_READY, MessageKind.RECOMMENDATION)
WIDTHS = (360, 640)
STOP = "https://library.example/m/stop/x/"


@pytest.fixture
def screen(browser: Chrome) -> Iterator[Chrome]:
    yield browser
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    off_the_phone(browser)


def rendered(kind: MessageKind, language: str, keys: tuple[int, ...]) -> RenderedMessage:
    """Return the mail of a kind with its invented facts: the first item has a picture, the others a drawn cover."""
    facts: dict[str, Any] = samples(kind)
    covers = covers_for_mail(keys)
    if items := facts.get("items"):
        facts["items"] = [{**each, "cover": covers[key]} for each, key in zip(items, keys, strict=False)]
    else:
        facts["cover"] = covers[keys[0]]
    return Renderer().words(kind, language, facts, STOP)


def page(mail: RenderedMessage, pictures: bool) -> str:
    """Return the mail as an address that Chromium opens; without pictures as a reader that blocks them shows it."""
    html = mail.html
    for each in mail.covers:
        shown = f"data:image/jpeg;base64,{base64.b64encode(each.jpeg).decode()}" if pictures else ""
        html = html.replace(f"cid:{each.cid}", shown)
    return f"data:text/html;charset=utf-8;base64,{base64.b64encode(html.encode()).decode()}"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", KINDS)
def test_mail_is_legible_at_both_widths_in_both_colour_schemes(
    world: World, pictured: Title, screen: Chrome, kind: MessageKind, language: str
) -> None:
    mail, problems = rendered(kind, language, (pictured.pk, world.emma.title_id)), []
    assert mail.covers, "the first item has a picture"
    for width in WIDTHS:
        size = {"width": width, "height": 800, "deviceScaleFactor": 2, "mobile": True}
        screen.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        for scheme in ("light", "dark"):
            media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
            screen.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
            for pictures in (True, False):
                screen.get(page(mail, pictures))
                name = f"{kind}-{language}-{width}-{scheme}{'' if pictures else '-no-pictures'}"
                wide = screen.execute_script("return document.documentElement.scrollWidth")
                problems += [f"{name}: {wide} pixels wide"] if wide > width else []
                problems += [f"{name}: {each}" for each in serious(screen)]
                if kept := os.environ.get("KIOSK_PHONE_PICTURES"):
                    (Path(kept) / f"mail-{name}.png").write_bytes(screen.get_screenshot_as_png())
    assert problems == []


__all__ = ["browser", "chromium", "pictured"]
