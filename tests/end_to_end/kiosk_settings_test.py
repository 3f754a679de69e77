"""Test settings that a library changes at the hub: a running kiosk applies them between visits and says so."""

from __future__ import annotations

import re

import pytest

from kiosk.config import load
from kiosk.wiring.remote_settings import open_settings
from tests.support.librarian import Librarian
from tests.support.patience import PATIENCE
from tests.support.real_kiosk import House, Kiosk

pytestmark = pytest.mark.long  # Whole kiosks.


def restart(kiosk: Kiosk) -> None:
    """Wait for the kiosk's exit and start it again, as the service manager does."""
    while kiosk.process is not None and kiosk.process.returncode is None:
        kiosk.let_pass(1)
    kiosk.kill()
    kiosk.control = None
    kiosk.start()


def test_volume_published_at_the_hub_is_applied_after_the_visit(library: House) -> None:
    sound = {"sound": {"driver": "alsa", "volume": 0.3}}
    set_up = library.set_up(sound).with_journal()
    staff = Librarian(library.hub.hub.url, library.folder / "hub")
    with set_up.kiosk() as kiosk:
        name = f"kiosk-{library.kiosks}"
        page = staff.kiosk(name)
        kiosk.until(lambda: "Working" in staff.page(page))
        kiosk.tap(library.card("plain_1"))
        settings = f"kiosks/settings/kiosk-{page.split('/')[1]}/"
        assert "30" not in staff.page(settings)
        draft = staff.post(f"{settings}draft/", sound_volume="80", language="zh")
        assert "Volume of the scanning tone as set up at the kiosk 80 %" in draft
        assert "Publish to 1 kiosk" in draft
        shown = staff.browser.get(f"{staff.url}/staff/{settings}", timeout=PATIENCE).text
        revision = re.search(r'name="revision" value="([^"]+)"', shown)
        assert revision is not None
        staff.post(f"{settings}publish/", revision=revision[1])
        kiosk.until(lambda: "is applied after this visit" in staff.page(settings))
        assert kiosk.look()["view"] == "Borrowing", "the visit continues"
        kiosk.press("finish")
        restart(kiosk)
        assert kiosk.look()["language"] == "zh"
        kiosk.until(lambda: "Version 1 applied" in staff.page(settings))
        config, _store = open_settings(load(set_up.file))
        assert config.sound.model_dump()["volume"] == 0.8
    staff.close()
