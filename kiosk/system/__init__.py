"""The machine and the process around the kiosk: clock, health, host, logs, sockets, files."""
