"""The way to the library's central system: what is asked, what is handed over, and by whom."""
