"""The technician's commands, one file each; `kiosk.cli` finds them by name."""
