"""Durable queue of transactions for upload, safe against power cuts: one SQLite file, one exclusive connection."""
