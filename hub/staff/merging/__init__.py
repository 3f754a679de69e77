"""Merge two records of one person."""
