"""The parts of the kiosk: one file per part, a driver picked by configuration, and simulated twins."""
