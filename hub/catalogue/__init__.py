"""Keep the catalogue: titles with their MARC records, and items."""
