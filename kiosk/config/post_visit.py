"""[asks]: what the kiosk itself asks after a visit without a card; all else the library's system says."""

from __future__ import annotations

from kiosk.config.section import Section


class Asks(Section):
    face: bool = True
    """One of five faces, by one touch, of nobody."""
