"""Collect patrons' questions, feedback, suggestions and survey answers, and the library's replies."""
