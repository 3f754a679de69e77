"""Test that without a Chromium the browser tests fail with the remedy, or are skipped if excused."""

import pytest

from tests.hub.staff import chromium
from tests.hub.staff.chromium import NONE_HERE, SHELL, Chromium, Missing

BOTH = {"chromium": "/usr/bin/chromium", "chromedriver": "/usr/bin/chromedriver"}


@pytest.mark.parametrize("system", ["debian", "ubuntu", ""])
def test_installed_chromium_is_found(system: str) -> None:
    assert chromium.find({}, BOTH.get, system) == Chromium("/usr/bin/chromium", "/usr/bin/chromedriver")


def test_headless_shell_is_preferred() -> None:
    both = {**BOTH, SHELL: SHELL}
    assert chromium.find({}, both.get, "debian") == Chromium(SHELL, "/usr/bin/chromedriver")


@pytest.mark.parametrize(
    ("installed", "absent"),
    [((), "chromium and chromedriver"), (("chromium",), "chromedriver"), (("chromedriver",), "chromium")],
)
def test_missing_chromium_fails_with_the_remedy(installed: tuple[str, ...], absent: str) -> None:
    missing = chromium.find({NONE_HERE: ""}, {name: BOTH[name] for name in installed}.get, "debian")
    assert missing == Missing(
        f"not on the path: {absent}; run scripts/setup --dev; where there can be no browser, set {NONE_HERE}=1",
        excused=False,
    )


@pytest.mark.parametrize(("environment", "system"), [({NONE_HERE: "1"}, "debian"), ({}, "ubuntu")])
def test_machine_without_a_usable_chromium_is_excused(environment: dict[str, str], system: str) -> None:
    missing = chromium.find(environment, lambda _: None, system)
    assert isinstance(missing, Missing) and missing.excused


def test_distribution_id_is_lower_case() -> None:
    assert chromium.distribution() == chromium.distribution().lower()
