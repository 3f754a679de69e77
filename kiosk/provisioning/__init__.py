"""Makes a bare machine into a kiosk: finds its parts, asks what only people know, writes kiosk.toml, enrols."""
