"""E-mail, by one SMTP connection for many."""
