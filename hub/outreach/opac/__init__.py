"""The catalogue on a patron's phone, and the searches that she saves; knows no loan but from the Central."""
