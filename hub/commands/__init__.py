"""Implement the commands of `kiosk-hub`; each imports Django only when it runs."""
