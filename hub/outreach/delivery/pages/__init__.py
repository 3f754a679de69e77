"""What staff see of messages: the log, the words, the channels."""
