"""How patrons are reached: what is to be said, by which way, when, and what became of it."""
