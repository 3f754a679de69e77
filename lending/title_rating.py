"""Wire constants of a patron's rating of a returned book: one of three smileys."""

BOOK = "book"
"""`ask` of the patron response; its `about` is the barcode of the item."""
FACES = (UNHAPPY, SO_SO, HAPPY) = ("1", "2", "3")
