"""Journeys: a few messages over weeks to patrons of a segment, from an occasion to what they were meant to bring."""
