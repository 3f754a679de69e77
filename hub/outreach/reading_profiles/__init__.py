"""What patrons like to read, as far as they let the library know: history, interests, segments, recommendations."""
