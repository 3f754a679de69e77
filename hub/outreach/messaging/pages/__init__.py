"""Staff pages of messages: the log, the texts, the channels."""
