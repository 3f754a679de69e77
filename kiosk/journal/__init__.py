"""Transactions to hand over, safe from power cuts: one file, one exclusive connection."""
