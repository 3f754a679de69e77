"""How a book was that somebody has brought back: one of three faces, as a kiosk says it and the hub counts it."""

BOOK = "book"
"""What it is said as; it is about the book's barcode."""
FACES = (UNHAPPY, SO_SO, HAPPY) = ("1", "2", "3")
