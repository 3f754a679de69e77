"""Measure the kiosk against its budgets, in the real application on this machine."""
