"""E-editions: where they come from, who reads them (counted, never named), and whether they can still be reached."""
