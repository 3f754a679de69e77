"""Simulate ISO 15693 tags, and readers for them at byte level, for tests and benchmarks."""
