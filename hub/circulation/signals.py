"""Tell the packages above what happened to a patron; each connects its receiver when its app starts."""

from django.dispatch import Signal

patron_erased = Signal()
"""Sent with `ref`, the patron's pseudonym, in the transaction that erases the patron."""
