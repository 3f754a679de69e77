"""Measures the kiosk against its budgets, in the real app; judges only what it measured on this machine."""
