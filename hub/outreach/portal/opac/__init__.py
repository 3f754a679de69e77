"""Serve the public catalogue on phones, with holds, availability alerts and saved searches."""
