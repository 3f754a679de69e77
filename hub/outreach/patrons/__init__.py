"""Keep patron profiles: what patrons stated, when it was last verified, and their consents."""
