"""Connect circulation and outreach: events in one direction, calls in the other."""
