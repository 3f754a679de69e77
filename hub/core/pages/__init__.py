"""Render staff pages: frame, navigation, formatting and the check who may open them."""
