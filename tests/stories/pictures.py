"""Pictures of stories: a staff page as the hub wrote it, a mail as a mail program shows it."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

from django.contrib.staticfiles import finders
from selenium.webdriver import Chrome

from tests.hub.outreach.messaging.mailbox import body

Keep = Callable[[bytes], Path]
"""Type of the fixture `keep`, which stores a PNG."""
SHEET = re.compile(r'<link rel="stylesheet" href="/static/([^"]+)">')


def of_page(browser: Chrome, html: str, width: int = 1280, height: int = 800) -> bytes:
    """Return a picture of the page with its style sheets inlined."""
    whole = SHEET.sub(lambda found: f"<style>{_sheet(found[1])}</style>", html)
    browser.set_window_size(width, height)
    _shows(browser, whole)
    return browser.get_screenshot_as_png()


def of_mail(browser: Chrome, mail: EmailMessage) -> bytes:
    _shows(browser, body(mail, "html"))
    return browser.get_screenshot_as_png()


def _sheet(name: str) -> str:
    return Path(finders.find(name)).read_text(encoding="utf-8")


def _shows(browser: Chrome, html: str) -> None:
    browser.get(f"data:text/html;charset=utf-8;base64,{base64.b64encode(html.encode()).decode()}")
