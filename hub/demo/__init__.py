"""The demo library and the demo mode of the server; never part of a library's real hub."""
