"""Reusable drawing components of the screens; each adds marks to a page."""
