"""Build the running kiosk from its configuration."""
