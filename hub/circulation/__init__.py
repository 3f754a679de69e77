"""Keep patrons, loan rules, loans, holds and fees, and apply the transactions that kiosks upload."""
