"""Wire constants of a patron's rating of a returned book: one of three smileys."""

FACES = (UNHAPPY, SO_SO, HAPPY) = ("1", "2", "3")
