"""Connect to any ILS that speaks SIP2 (3M Standard Interchange Protocol 2.00) as the central."""
