"""Who has what until when: patrons, rules, loans, holds, fees and what kiosks hand over; never how a screen looks."""
