"""What templates of the staff pages may ask for."""
