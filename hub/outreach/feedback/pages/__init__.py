"""The staff pages of what patrons say, a file for each matter."""
