"""A big library that nobody runs, and what outreach takes for it; used by `kiosk-hub bench outreach` alone."""
