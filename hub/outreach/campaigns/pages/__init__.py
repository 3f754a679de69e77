"""The staff pages of posters, events and campaigns, by subject."""
