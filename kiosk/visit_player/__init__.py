"""Plays a patron's visit in the real kiosk and judges it: an acceptance test for a library's own set-up."""
