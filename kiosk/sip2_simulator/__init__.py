"""Simulate a SIP2 server (ACS) with a small library and selectable faults, for kiosk developers."""
