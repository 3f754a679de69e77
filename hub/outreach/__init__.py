"""The library's relationship with its patrons: fed by what happens at the desks, blind to circulation's tables."""
