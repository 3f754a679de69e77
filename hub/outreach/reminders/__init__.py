"""When she comes back: what her loans taught about her rhythm, and the reminders that follow; no title she read."""
