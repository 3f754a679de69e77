"""Show patrons their own data at a kiosk and apply the changes made there."""
