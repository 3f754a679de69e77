"""The staff pages of when books come back, and of those that do not."""
