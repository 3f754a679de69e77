"""Measure kiosks with a SIP2 system: behaviour on faulty connections, and speed."""
