"""Search titles by a few characters of their records, with an index next to the catalogue."""
