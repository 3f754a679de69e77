"""Keep a local copy of the library's data for offline circulation, in a file that can be fetched again."""
