"""Test in Chromium what a phone shows without a connection, and what it forgets at the sign-out."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from selenium.webdriver import Chrome
from selenium.webdriver.support.ui import WebDriverWait

from hub.ils.bridge.feed_relay import carry
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.records import person_of
from tests.hub.outreach.portal.axe import off_the_phone, on_a_phone, speak, too_small, violations
from tests.hub.outreach.portal.pages_browser_test import start_browser_session
from tests.hub.outreach.portal.phone import verified_ada
from tests.hub.outreach.portal.touch_browser import press
from tests.hub.support.world import World
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)
HOME, LOANS = reverse("portal:home"), reverse("portal:loans")


class Line:
    """Connection between the phone and the hub, which can be cut: the phone's own switch spares its worker."""

    def __init__(self, hub: tuple[str, int]) -> None:
        self._hub, self._up = hub, True
        self._port = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://localhost:{self._port.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._up = False

    def mend(self) -> None:
        self._up = True

    def close(self) -> None:
        self._port.close()

    def _accept(self) -> None:
        while True:
            try:
                here, _address = self._port.accept()
            except OSError:
                return
            if not self._up:
                here.close()
                continue
            there = socket.create_connection(self._hub)
            for one, other in ((here, there), (there, here)):
                threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while (got := one.recv(65536)) and self._up:
                other.sendall(got)
        for each in (one, other):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


@pytest.fixture
def line(live_server: Any) -> Iterator[Line]:
    made = Line(("localhost", live_server.thread.port))
    yield made
    made.close()


@pytest.fixture
def phone(browser: Chrome) -> Iterator[Chrome]:
    on_a_phone(browser)
    speak(browser, "en")
    yield browser
    off_the_phone(browser)


@pytest.fixture
def ada(live_server: Any, world: World) -> Person:
    person = verified_ada(world)
    world.upload(world.checkout(world.dune))
    carry()
    return person


def sees(phone: Chrome, url: str) -> str:
    phone.get(url)
    return str(phone.find_element("tag name", "body").text)


def installs(phone: Chrome, line: Line, person: Person) -> None:
    """Sign in, and visit Home and Loans once the worker is in charge of the pages."""
    start_browser_session(phone, line.url, person)
    phone.execute_async_script("navigator.serviceWorker.ready.then(arguments[0])")
    WebDriverWait(phone, PATIENCE).until(
        lambda each: each.execute_script("return !!navigator.serviceWorker.controller")
    )
    for path in (HOME, LOANS):
        phone.get(f"{line.url}{path}")
    WebDriverWait(phone, PATIENCE).until(lambda each: len(stored(each)) == 2)


def stored(phone: Chrome) -> list[str]:
    """Return the URLs of the pages that are kept."""
    found: list[str] = phone.execute_script(
        "return caches.keys().then(names => Promise.all(names.filter(each => each.startsWith('seen ')).map("
        "each => caches.open(each).then(kept => kept.keys())))).then(kept => kept.flat().map(each => each.url))"
    )
    return found


def judged(phone: Chrome, name: str) -> list[str]:
    kept = os.environ.get("KIOSK_PHONE_PICTURES")
    if kept:
        (Path(kept) / f"{name}.png").write_bytes(phone.get_screenshot_as_png())
    return [f"{name}: {each}" for each in (*violations(phone), *too_small(phone))]


def test_loans_and_home_stay_with_their_time_and_without_what_would_fail(
    phone: Chrome, line: Line, ada: Person
) -> None:
    installs(phone, line, ada)
    assert "No connection" not in sees(phone, f"{line.url}{LOANS}")
    line.cut()
    wrong = []
    for path, name in ((LOANS, "offline-loans"), (HOME, "offline-home")):
        seen = sees(phone, f"{line.url}{path}")
        assert "No connection" in seen and "Shown as of Wed 25 Nov 14:30" in seen and "Wed 23 Dec" in seen
        assert not any(each.is_displayed() for each in phone.find_elements("css selector", "form"))
        wrong += judged(phone, name)
    seen = sees(phone, f"{line.url}{reverse('portal:me')}")
    assert "This page needs the internet" in seen and "Dune" not in seen
    wrong += judged(phone, "offline-other")
    line.mend()
    assert "No connection" not in sees(phone, f"{line.url}{LOANS}")
    assert wrong == []


def test_after_the_sign_out_nothing_of_the_patron_is_left(phone: Chrome, line: Line, ada: Person) -> None:
    installs(phone, line, ada)
    phone.get(f"{line.url}{reverse('portal:me')}")
    press(phone, "form[action='/p/out/'] button")
    assert stored(phone) == []
    phone.get(f"{line.url}{HOME}")
    line.cut()
    for path in (HOME, LOANS):
        seen = sees(phone, f"{line.url}{path}")
        assert "This page needs the internet" in seen and "Dune" not in seen


def test_signing_out_without_a_connection_forgets_as_well(phone: Chrome, line: Line, ada: Person) -> None:
    installs(phone, line, ada)
    phone.get(f"{line.url}{reverse('portal:me')}")
    line.cut()
    assert "This page needs the internet" in press(phone, "form[action='/p/out/'] button")
    assert stored(phone) == []


@pytest.mark.parametrize(("page", "kept"), [(HOME, [HOME]), (reverse("portal:me"), [])])
def test_another_patron_on_the_phone_does_not_find_the_first_ones_pages(
    phone: Chrome, line: Line, ada: Person, world: World, page: str, kept: list[str]
) -> None:
    """The first one's session ended by itself, so that they did not sign out."""
    installs(phone, line, ada)
    lin = person_of(world.lin.ref)
    assert lin is not None
    start_browser_session(phone, line.url, lin)
    phone.get(f"{line.url}{page}")
    WebDriverWait(phone, PATIENCE).until(lambda each: stored(each) == [f"{line.url}{path}" for path in kept])
    line.cut()
    assert "Dune" not in sees(phone, f"{line.url}{LOANS}")


def test_a_request_for_erasure_forgets_too(phone: Chrome, line: Line, world: World) -> None:
    ada = verified_ada(world)
    installs(phone, line, ada)
    phone.get(f"{line.url}{reverse('portal:erase')}")
    phone.find_element("name", "pin").send_keys("0000")
    press(phone, "main form .primary")
    assert stored(phone) == []
