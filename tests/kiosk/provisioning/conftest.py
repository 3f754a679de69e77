"""Provide the hub at which kiosks enrol: the same real process as in the courier's tests."""

from tests.kiosk.sync.conftest import hub

__all__ = ["hub"]
