"""Between circulation and outreach: events one way, acts the other. The only one that knows both."""
