"""Map the shelves: floors, bays with ranges of call numbers, and shelf reading."""
