"""The components that screens are made of: each puts marks on a page and knows no view."""
