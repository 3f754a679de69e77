"""Deliver messages to patrons: outbox, channels, quiet hours and delivery results."""
