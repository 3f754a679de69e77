"""Keep reading profiles with the patron's consent: history, interests, segments, recommendations."""
