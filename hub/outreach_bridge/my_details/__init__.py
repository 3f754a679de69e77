"""Connect kiosks with the patron record in outreach."""
