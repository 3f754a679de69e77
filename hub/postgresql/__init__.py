"""PostgreSQL as the hub speaks to it: Django's own, but for what it asks before each request."""
