"""Take in the transactions that kiosks upload: decrypt, date, apply and answer each, and open cases for staff."""
