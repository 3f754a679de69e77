"""Define what kiosk and hub share: loan rules, transactions, their JSON and encryption, and how files are written."""
