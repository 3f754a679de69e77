"""Build the flashable image of a kiosk: root file system, boot partitions, disk, update bundle."""
