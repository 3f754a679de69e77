"""Read screens aloud, and keep private content from the loudspeaker."""
