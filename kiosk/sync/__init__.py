"""Connect the kiosk to the system that keeps the loans, and to the hub's fleet management."""
