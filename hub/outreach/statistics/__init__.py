"""The library's work in figures: counted from the feed by day, branch and group of patrons; names nobody."""
