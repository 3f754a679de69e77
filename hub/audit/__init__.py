"""Who of the staff may do what, who saw whom and why, and what an outsider is handed to check it; serves no patron."""
