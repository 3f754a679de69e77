"""Fetch cover pictures from the providers that the library has configured, store them and show them."""
