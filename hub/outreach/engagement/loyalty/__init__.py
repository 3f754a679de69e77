"""Offer patrons a count of the books they borrow, and referral codes for friends."""
