"""Remove patrons from records past their retention period."""
