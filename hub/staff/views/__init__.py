"""The staff pages, one module per matter."""
