"""Being seen: posters, events that are signed up for by phone, and campaigns to those who agreed; no loan."""
