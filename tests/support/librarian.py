"""Drive the staff pages as the demo library's librarian, without a browser."""

from __future__ import annotations

import html
import re
import tomllib
from pathlib import Path

import requests

from tests.support.patience import PATIENCE


class Librarian:
    def __init__(self, url: str, state: Path) -> None:
        """Sign in to the hub at `url`, whose state directory is `state`."""
        self.url = url
        staff = tomllib.loads((state / "demo-staff.toml").read_text(encoding="utf-8"))["staff"]
        self.browser = requests.Session()
        self.browser.trust_env = False
        self.browser.headers["Accept-Language"] = "en"
        self.browser.get(f"{url}/staff/sign-in/", timeout=PATIENCE)
        self.post("sign-in/", username=staff["name"], password=staff["password"])

    def page(self, path: str) -> str:
        """Return the text of a page below /staff/."""
        page = self.browser.get(f"{self.url}/staff/{path}", timeout=PATIENCE)
        page.raise_for_status()
        return words(page.text)

    def post(self, path: str, **fields: str) -> str:
        """Post a form below /staff/ and return the text of the page that follows."""
        form = {**fields, "csrfmiddlewaretoken": self.browser.cookies["csrftoken"]}
        page = self.browser.post(f"{self.url}/staff/{path}", form, timeout=PATIENCE)
        page.raise_for_status()
        return words(page.text)

    def kiosk(self, name: str) -> str:
        """Return the path of a kiosk's page."""
        page = self.browser.get(f"{self.url}/staff/kiosks/", timeout=PATIENCE).text
        found = re.search(rf'href="/staff/(kiosks/\d+/)">{re.escape(name)}<', page)
        assert found is not None, page
        return found[1]

    def close(self) -> None:
        self.browser.close()


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<(svg|style|script)\b.*?</\1>|<[^>]*>", " ", page, flags=re.DOTALL)).split())
