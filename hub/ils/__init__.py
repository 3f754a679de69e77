"""Connect the hub to library systems: scheduled imports, and the bridge from our own circulation to outreach."""
