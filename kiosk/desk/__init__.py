"""The session at the kiosk: (view, event) -> view, one module per errand."""
