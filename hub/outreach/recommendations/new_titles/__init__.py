"""Publish new titles: a public list, feeds, and a digest for subscribers."""
