"""Finds titles by a few characters of what their record says; keeps an index beside the catalogue, and no query."""
