"""The patron's own pages at the library's public address; they need a browser, and neither an app nor scripts."""
