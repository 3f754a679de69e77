"""Manage the library's relations with its patrons: profiles, consents, messages, portal, statistics.

Circulation reaches this package only through the event feed (docs/feed.md) and the `Central` protocol.
"""
