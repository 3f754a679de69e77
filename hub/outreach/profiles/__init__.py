"""Who the patrons are to the library: what they told, when it was last right, and what they agreed to."""
