"""A SIP2 server with a small library in it, which misbehaves on request: for developers of any kiosk."""
