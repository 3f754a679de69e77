"""Patrons who stay and bring others: a count of books for whoever wants one, and a word from friend to friend."""
