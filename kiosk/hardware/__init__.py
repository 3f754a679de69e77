"""Drive the kiosk's parts: one module per part, drivers chosen by kiosk.toml, and simulated drivers."""
