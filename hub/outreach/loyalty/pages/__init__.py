"""The patron's pages of record and friends, and the registration that a friend's code leads to."""
