"""Drive the card reader: an MFRC522 on the GPIO header, or a reader that types or sends card numbers."""
