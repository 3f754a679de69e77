"""A library's self-service kiosk and the patron relationship around each visit."""
