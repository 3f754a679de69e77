"""Play a patron's visit on a real kiosk and check it: an acceptance test for a library's own set-up."""
