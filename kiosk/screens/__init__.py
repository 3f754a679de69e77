"""Render the kiosk's views with Kivy and report touches."""
