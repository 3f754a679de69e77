"""Recommend titles by item-to-item co-loans and content similarity, on arrays only."""
