"""Session controller of the kiosk: pure steps (session, event) -> session, one module per errand."""
