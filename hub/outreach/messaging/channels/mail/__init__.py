"""E-mail, many messages over one SMTP connection."""
