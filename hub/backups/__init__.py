"""Back up, encrypt, restore and rehearse the restore of a whole hub."""
