"""Text messages and every other service of the Apprise library."""
