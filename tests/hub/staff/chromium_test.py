"""Test that without a Chromium the browser tests fail with the remedy, or are skipped if excused."""

import pytest

from tests.hub.staff import chromium
from tests.hub.staff.chromium import NONE_HERE, Chromium, Missing

BOTH = {"chromium": "/usr/bin/chromium", "chromedriver": "/usr/bin/chromedriver"}


@pytest.mark.parametrize("system", ["debian", "ubuntu", ""])
def test_a_chromium_that_is_there_is_driven(system: str) -> None:
    assert chromium.find({}, BOTH.get, system) == Chromium("/usr/bin/chromium", "/usr/bin/chromedriver")


@pytest.mark.parametrize(
    ("there", "lacking"),
    [((), "chromium and chromedriver"), (("chromium",), "chromedriver"), (("chromedriver",), "chromium")],
)
def test_a_missing_chromium_is_a_failure_that_names_the_remedy(there: tuple[str, ...], lacking: str) -> None:
    missing = chromium.find({NONE_HERE: ""}, {name: BOTH[name] for name in there}.get, "debian")
    assert missing == Missing(
        f"not on the path: {lacking}; run scripts/setup --dev; where there can be no browser, set {NONE_HERE}=1",
        excused=False,
    )


def test_a_machine_without_a_browser_says_so_itself() -> None:
    missing = chromium.find({NONE_HERE: "1"}, BOTH.get, "debian")
    assert isinstance(missing, Missing)
    assert missing.excused


def test_ubuntu_has_none_that_could_be_driven() -> None:
    missing = chromium.find({}, lambda _: None, "ubuntu")
    assert isinstance(missing, Missing)
    assert missing.excused


def test_this_system_is_known_by_its_name() -> None:
    assert chromium.distribution() == chromium.distribution().lower()
