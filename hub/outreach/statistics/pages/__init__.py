"""Staff pages of figures, goals and lapsed key patrons."""
