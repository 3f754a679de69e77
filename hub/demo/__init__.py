"""Provide the demo library and the server's demo mode, which a library's own hub does not install."""
