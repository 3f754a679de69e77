"""Serve the portal pages of reading counts and referrals, and self-registration."""
