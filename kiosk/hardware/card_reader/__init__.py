"""The drivers of the card reader: an MFRC522 on the Pi's pins, and readers that type or send a card's number."""
