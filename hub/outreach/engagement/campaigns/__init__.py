"""Promote the library: posters, events with booking by phone, and campaigns to consenting patrons."""
