"""Define [asks]: what the kiosk itself asks after a visit without a card; all else comes from the hub."""

from __future__ import annotations

from kiosk.config.section import Section


class Asks(Section):
    """[asks]: questions after a visit."""

    face: bool = True
    """Ask for one of five faces, anonymously."""
