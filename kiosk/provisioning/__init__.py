"""Provision a kiosk: detect parts, ask for settings, write kiosk.toml, enrol."""
