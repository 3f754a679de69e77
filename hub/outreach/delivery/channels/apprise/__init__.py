"""Text messages and whatever else apprise can reach."""
