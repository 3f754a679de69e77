"""Where books stand: floors, bays with their ranges of call numbers, the map with the lit bay, what stands wrong."""
