"""The hub that a kiosk is enrolled at: the same real process as for the courier's tests."""

from tests.kiosk.sync.conftest import hub

__all__ = ["hub"]
