"""The staff pages of reading; they change nothing but by the functions beside them."""
