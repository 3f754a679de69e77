"""Prepare every test process: Kivy offscreen, and throw-away folders for the kiosk and the hub."""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings

from tests.support import shared

pytest_plugins = [
    "tests.hub.support.postgresql_run",
    "tests.hub.support.environment",
    "tests.support.plugin",
]


def _throw_away(prefix: str) -> str:
    directory = tempfile.mkdtemp(prefix=prefix)
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return directory


def _keep_what_was_compiled() -> None:
    """Enable a shared bytecode cache, so that hundreds of started programs do not compile every module again."""
    if sys.dont_write_bytecode:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = _throw_away("kiosk-compiled-")
        sys.dont_write_bytecode = False


def _prepare_environment() -> None:
    """Set what Kivy and Django read at their first import, which precedes every fixture."""
    os.environ.pop("DISPLAY", None)
    if "PYTEST_XDIST_WORKER" not in os.environ:
        os.environ[shared.HOME] = _throw_away("kiosk-shared-")
    os.environ.update(
        DJANGO_SETTINGS_MODULE="hub.settings",
        KIOSK_HUB_STATE=_throw_away("kiosk-hub-"),
        KIVY_DPI="96",
        KIVY_HOME=_throw_away("kivy-home-"),
        KIVY_LOG_MODE="PYTHON",
        KIVY_METRICS_DENSITY="1",
        KIVY_NO_ARGS="1",
        KIVY_NO_FILELOG="1",
        SDL_VIDEODRIVER="offscreen",
    )


def _set_up_django() -> None:
    """Load the hub's apps before another conftest imports their models."""
    import django
    from django.conf import settings

    django.setup()
    settings.STATE = Path(os.environ["KIOSK_HUB_STATE"])  # a worker reads its settings with its parent's state folder


def _take_time() -> None:
    """Let no property test fail on a slow machine; the benches measure speed."""
    slow = [HealthCheck.too_slow]
    settings.register_profile("unhurried", deadline=None, suppress_health_check=slow)
    settings.load_profile("unhurried")


_keep_what_was_compiled()
_prepare_environment()
_set_up_django()
_take_time()
