"""Staff pages of posters, events and campaigns, by subject."""
