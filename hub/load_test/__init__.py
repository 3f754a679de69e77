"""Invent a large library and its outreach data, for `kiosk-hub bench outreach` only."""
