"""Change loans, returns, holds, fees and patrons, for kiosks and staff pages alike."""
