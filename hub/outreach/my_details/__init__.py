"""What a patron sees of herself at a kiosk, and changes there."""
