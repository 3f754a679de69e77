"""Provide the hub for enrolment: the same real process as in the uploader tests."""

from tests.kiosk.sync.conftest import hub

__all__ = ["hub"]
