"""Download signed updates, install them into the other slot, and confirm or undo them."""
