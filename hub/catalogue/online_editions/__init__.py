"""Manage online editions of titles: import, anonymous usage counts and link checks."""
