"""Durable queue of transactions, safe against power cuts: one SQLite file, one connection."""
