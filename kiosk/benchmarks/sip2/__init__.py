"""A SIP2 system and kiosks around it: what a bad line does to them, and how fast they are."""
