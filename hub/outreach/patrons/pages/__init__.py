"""Serve the staff pages of patron records: record, lists, registration, export and erasure."""
