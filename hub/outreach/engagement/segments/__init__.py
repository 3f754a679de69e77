"""Segments of patrons by rules that staff write; campaigns and journeys address them."""
