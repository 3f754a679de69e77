"""The ways to a patron, each in a folder of its own; none of them knows the outbox."""
