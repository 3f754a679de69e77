"""Sample views for the gallery and the audits, with invented patrons and titles."""
