"""Lending model and rules shared by kiosk and hub: facts, policy, transactions; no I/O and no clock."""
