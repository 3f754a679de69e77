"""Drive the desk page as a clerk does: by keyboard, and by what the page shows."""

import os
from dataclasses import dataclass
from pathlib import Path

from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from tests.hub.support.browsers import DemoHub
from tests.support.patience import PATIENCE

READ_ROWS = """return [...document.querySelectorAll('#rows tr')].map((row) => [
    ...[...row.cells].slice(1).map((cell) => cell.innerText.replace(/\\s+/g, ' ').trim()), row.dataset.tone])"""
"""Read all rows at once, because the page may render them again meanwhile."""


@dataclass(frozen=True)
class Row:
    """A line of the visit as displayed."""

    title: str
    act: str
    where: str
    state: str
    tone: str


class Clerk:
    """Signs in and uses the desk page by keyboard only."""

    def __init__(self, browser: Chrome, hub: DemoHub, language: str = "en") -> None:
        self.browser = browser
        self.hub = hub
        browser.execute_cdp_cmd("Network.setCookie", {"name": "django_language", "value": language, "url": hub.url})
        self.sign_in()
        self.settled()

    def sign_in(self) -> None:
        """Sign in in this window and open the desk page."""
        self.browser.get(f"{self.hub.url}/staff/sign-in/?next=/staff/desk/")
        self.browser.find_element(By.NAME, "username").send_keys(self.hub.name)
        self.browser.find_element(By.NAME, "password").send_keys(self.hub.password + Keys.ENTER)
        self.wait_for(lambda: self.browser.current_url == f"{self.hub.url}/staff/desk/")

    def wait_for(self, what: object) -> None:
        WebDriverWait(self.browser, PATIENCE, poll_frequency=0.03).until(lambda _browser: what())  # type: ignore[operator]

    def type(self, *keys: str) -> None:
        """Send keys to the focused element."""
        ActionChains(self.browser, duration=0).send_keys(*keys).perform()

    def scan(self, *numbers: str) -> None:
        """Send scans like a keyboard scanner, without waiting between them, then wait for all answers."""
        for number in numbers:
            self.type(number, Keys.ENTER)
        self.settled()

    def press(self, *keys: str) -> None:
        self.type(*keys)
        self.settled()

    def chord(self, held: str, key: str) -> None:
        ActionChains(self.browser).key_down(held).send_keys(key).key_up(held).perform()
        self.settled()

    def undo(self) -> None:
        self.chord(Keys.CONTROL, "z")

    def settled(self) -> None:
        """Wait until every scan is answered."""
        script = "return document.getElementById('desk')?.dataset.waiting"
        self.wait_for(lambda: self.browser.execute_script(script) == "0")

    def rows(self) -> list[Row]:
        """Return the lines of this visit, newest first."""
        return [Row(*row) for row in self.browser.execute_script(READ_ROWS)]

    def patron(self) -> str:
        """Return the panel's text on the patron being served."""
        return self.browser.find_element(By.ID, "who").text

    def focused(self) -> bool:
        """Return whether the next scan goes into the entry field."""
        return bool(self.browser.execute_script("return document.activeElement.id") == "entry")

    def picture(self, name: str) -> None:
        """Save a screenshot in the directory named by KIOSK_TEST_PICTURES, if set."""
        folder = os.environ.get("KIOSK_TEST_PICTURES")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.browser.save_screenshot(str(Path(folder) / f"{name}.png"))
