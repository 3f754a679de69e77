"""The staff pages of figures, goals and key patrons who stay away."""
