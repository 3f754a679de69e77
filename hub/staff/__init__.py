"""The library's own pages for its staff; they call circulation's effects and never decide who may have what."""
