"""A patron's own record, between kiosks and outreach."""
