"""Implement the technician's commands, one module each; `kiosk.cli` finds them by name."""
