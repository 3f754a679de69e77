"""Import and export circulation data as CSV sheets."""
