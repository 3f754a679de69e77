"""Every fault a network has, between real kiosks and a real hub: what is lost, what is doubled, who waits how long."""
