"""Recommends titles from what was lent together and from what titles are about; knows no database and no person."""
