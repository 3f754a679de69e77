"""Staff pages of patron feedback, one module per subject."""
